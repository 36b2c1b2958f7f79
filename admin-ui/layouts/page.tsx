import type { ComponentChildren, VNode } from 'preact';

interface Props {
  title: string;
  /** Relative to the page, so that it is found behind a proxy that serves us under a path. */
  stylesheet?: string;
  children: ComponentChildren;
}

/** The frame of every page. */
export function Page({ title, stylesheet, children }: Props): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Latchkey`}</title>
        {stylesheet && <link rel="stylesheet" href={stylesheet} />}
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
}
