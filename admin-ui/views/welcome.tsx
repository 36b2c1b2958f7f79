import type { VNode } from 'preact';
import { Page } from '../layouts/page.js';
import { t } from '../strings.js';

/** What a person sees who opens the server's address in a browser. */
export function Welcome({ publicUrl, docs }: { publicUrl: string; docs: boolean }): VNode {
  // With or without a slash at its end, so nothing can be relative.
  const root = new URL(publicUrl).pathname.replace(/\/+$/, '');
  return (
    <Page title={t.welcome.title} stylesheet={`${root}/console/assets/console.css`}>
      <h1>{t.welcome.title}</h1>
      <p>
        {t.welcome.intro} <code>{publicUrl}</code>
      </p>
      <p class="actions">
        <a class="button primary" href={`${root}/console`}>
          {t.welcome.console}
        </a>
        {docs && (
          <a class="button" href={`${root}/docs`}>
            {t.welcome.docs}
          </a>
        )}
        <a class="button" href={`${root}/health/ready`}>
          {t.welcome.health}
        </a>
      </p>
    </Page>
  );
}
