import type { VNode } from 'preact';
import { Message } from '../../components/message.js';
import { Foreign } from '../../components/text.js';
import { Page } from '../../layouts/page.js';
import { LINK_TEXTS } from './link-texts.js';
import { TEXTS, type Locale } from './texts.js';

interface Props {
  locale: Locale;
  /** The path to our styles, from where the page is. */
  css: string;
  appName: string;
  /** As people know it. */
  provider: string;
  user: { id: string; email?: string | undefined; name?: string | undefined };
}

/** Says what will be added to whose account; the button leads on to the identity provider. */
export function LinkPage({ locale, css, appName, provider, user }: Props): VNode {
  const { title, lead, account, nameless, warning, button } = LINK_TEXTS[locale];
  return (
    <Page title={title} stylesheet={css} lang={locale} site={appName}>
      <p class="quiet">
        <Foreign text={appName} />
      </p>
      <h1>{title}</h1>
      <p>{lead}</p>
      <dl>
        <dt>{account}</dt>
        <dd>
          <strong class="address">
            <Foreign text={user.email ?? user.name ?? nameless} />
          </strong>{' '}
          <span class="quiet">{user.id}</span>
        </dd>
        <dt>{button.what}</dt>
        <dd>
          <strong>
            <Foreign text={provider} />
          </strong>
        </dd>
      </dl>
      <p>{warning}</p>
      <form method="post">
        <p>
          <button type="submit" class="primary">
            {button.goOn} <Foreign text={provider} />
          </button>
        </p>
      </form>
    </Page>
  );
}

interface ProblemProps {
  locale: Locale;
  css: string;
  text: string;
}

/** A login or a link that cannot go on, where it is not known which app to go back to. */
export function AccountProblem({ locale, css, text }: ProblemProps): VNode {
  const { error } = TEXTS[locale];
  return (
    <Page title={error} stylesheet={css} lang={locale}>
      <h1>{error}</h1>
      <Message kind="failed" lang="en">
        {text}
      </Message>
      <p>{LINK_TEXTS[locale].again}</p>
    </Page>
  );
}
