import type { VNode } from 'preact';
import { CopyLine } from './copyable.js';
import { Message } from './message.js';
import { t } from '../strings.js';

/** A secret that no page will show again. */
export function ShownOnce({ label, value }: { label: string; value: string }): VNode {
  return (
    <Message kind="done">
      <p>{t.shownOnce.text}</p>
      <CopyLine id="shown-once" label={label} value={value} />
    </Message>
  );
}
