import type { VNode } from 'preact';
import { Problem } from '../components/message.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { Page } from '../layouts/page.js';
import { t } from '../strings.js';

/** In the console, for somebody who is logged in. */
export function Failure({ frame, text, status }: { frame: Frame; text: string; status: number }): VNode {
  return (
    <Console frame={frame} title={status === 404 ? t.problem.notFound : t.problem.title}>
      <Problem text={text} />
      <p>
        <a href={frame.base}>{t.problem.back}</a>
      </p>
    </Console>
  );
}

/** Without a frame: it is not known who reads it. */
export function Refused({ text, publicUrl, css }: { text: string; publicUrl: string | undefined; css: string }): VNode {
  return (
    <Page title={t.problem.title} stylesheet={css}>
      <h1>{t.problem.title}</h1>
      <Problem text={text} />
      {publicUrl !== undefined && <p>{t.problem.otherAddress(publicUrl)}</p>}
    </Page>
  );
}
