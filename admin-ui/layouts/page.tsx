import type { ComponentChildren, VNode } from 'preact';

interface Props {
  title: string;
  children: ComponentChildren;
}

/** The frame of every page. */
export function Page({ title, children }: Props): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Latchkey`}</title>
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
}
