import type { VNode } from 'preact';
import { t } from '../strings.js';

/** A secret that no page will show again. */
export function ShownOnce({ label, value }: { label: string; value: string }): VNode {
  return (
    <div class="flash done once" role="status">
      <p>{t.shownOnce.text}</p>
      <p class="field">
        <label for="shown-once">{label}</label>
        <input type="text" id="shown-once" value={value} readOnly data-copy={t.shownOnce.copy} />
      </p>
    </div>
  );
}
