import type { ComponentChildren, VNode } from 'preact';

interface Props {
  id: string;
  title: string;
  narrow?: boolean;
  children: ComponentChildren;
}

/** A part of a page, with a heading of its own. */
export function Card({ id, title, narrow = false, children }: Props): VNode {
  return (
    <section class={narrow ? 'card narrow' : 'card'} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
