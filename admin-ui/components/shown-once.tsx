import type { VNode } from 'preact';
import { Message } from './message.js';
import { t } from '../strings.js';

/** A secret that no page will show again. */
export function ShownOnce({ label, value }: { label: string; value: string }): VNode {
  return (
    <Message kind="done">
      <p>{t.shownOnce.text}</p>
      <p class="field copyable">
        <label for="shown-once">{label}</label>
        <input type="text" id="shown-once" value={value} readOnly data-copy={t.shownOnce.copy} />
      </p>
    </Message>
  );
}
