import type { VNode } from 'preact';
import { t } from '../strings.js';

const LONGEST = 120;

/** Something that came from a user: cut where it is endless, and kept from turning the line around. */
export function Foreign({ text }: { text: string }): VNode {
  return <bdi>{cut(text)}</bdi>;
}

/** @returns at most so many characters, never half a one */
export function cut(text: string, longest = LONGEST): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** How long ago, and when exactly for whoever points at it. */
export function Time({ at, now }: { at: Date | undefined; now: Date }): VNode {
  if (!at) return <span class="quiet">{t.time.never}</span>;
  const exact = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return (
    <time dateTime={at.toISOString()} title={exact}>
      {relative(at, now)}
    </time>
  );
}

const STEPS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const FORMAT = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function relative(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1_000;
  const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  return step ? FORMAT.format(Math.trunc(seconds / step[1]), step[0]) : t.time.now;
}

export function Badge({ kind, children }: { kind: 'good' | 'bad' | 'plain'; children: string }): VNode {
  return <span class={`badge ${kind}`}>{children}</span>;
}
