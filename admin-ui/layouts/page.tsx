import type { ComponentChildren, VNode } from 'preact';
import { Brand } from '../components/brand.js';

const OURS = 'Latchkey';

interface Props {
  title: string;
  /** Relative to the page, so that it is found behind a proxy that serves us under a path. */
  stylesheet?: string;
  /** Of the words in it; English where it says nothing. */
  lang?: string;
  /** Whose page it is; ours where it says nothing. */
  site?: string;
  children: ComponentChildren;
}

/** The frame of every page. */
export function Page({ title, stylesheet, lang = 'en', site = OURS, children }: Props): VNode {
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${site}`}</title>
        {stylesheet && <link rel="stylesheet" href={stylesheet} />}
        {stylesheet && <link rel="icon" type="image/svg+xml" href={stylesheet.replace(/console\.css$/, 'icon.svg')} />}
      </head>
      <body class="alone">
        <main>
          {site === OURS && (
            <p class="brand">
              <Brand />
            </p>
          )}
          {children}
        </main>
      </body>
    </html>
  );
}
