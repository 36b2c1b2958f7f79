import type { VNode } from 'preact';
import { t } from '../strings.js';

/** A line that is there to be copied: the script puts a button beside it. */
export function CopyLine({ id, label, value }: { id: string; label: string; value: string }): VNode {
  return (
    <p class="field copyable">
      <label for={id}>{label}</label>
      <input type="text" id={id} value={value} readOnly data-copy={t.shownOnce.copy} data-copied={t.shownOnce.copied} />
    </p>
  );
}

/** Several lines that are there to be copied. */
export function CopyLines({ label, text }: { label: string; text: string }): VNode {
  return (
    <div class="copyable">
      <pre tabIndex={0} role="region" aria-label={label} data-copy={t.shownOnce.copy} data-copied={t.shownOnce.copied}>
        <code>{text}</code>
      </pre>
    </div>
  );
}
