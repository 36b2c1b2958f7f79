import type { VNode } from 'preact';

/** Our sign and our name. */
export function Brand(): VNode {
  return (
    <>
      <svg
        width="22"
        height="22"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2.2"
        aria-hidden="true"
      >
        <circle cx="8" cy="8" r="5" />
        <path d="M11.6 11.6 21 21M17 17l3-3M14 14l2.5-2.5" stroke-linecap="round" />
      </svg>
      <span>Latchkey</span>
    </>
  );
}
