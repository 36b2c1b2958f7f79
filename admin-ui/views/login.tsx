import type { VNode } from 'preact';
import { Field } from '../components/field.js';
import { Message, Problem } from '../components/message.js';
import { Page } from '../layouts/page.js';
import { t } from '../strings.js';

interface Props {
  base: string;
  /** Where to go then. */
  next: string;
  email?: string;
  problem?: string | undefined;
  said?: string | undefined;
  /** A code is asked for as well. */
  needsCode?: boolean;
}

export function Login({ base, next, email, problem, said, needsCode = false }: Props): VNode {
  return (
    <Page
      title={problem === undefined ? t.login.title : `Error: ${t.login.title}`}
      stylesheet={`${base}/assets/console.css`}
    >
      <h1>{t.login.title}</h1>
      <p>{t.login.intro}</p>
      {said !== undefined && <Message kind="done">{said}</Message>}
      <Problem text={problem} />
      <form method="post" action={`${base}/login`}>
        <input type="hidden" name="next" value={next} />
        <Field name="email" label={t.login.email} type="email" autocomplete="username" value={email} />
        <Field name="password" label={t.login.password} type="password" autocomplete="current-password" />
        {needsCode && (
          <p class="field">
            <label for="totp">{t.login.code}</label>
            <input
              type="text"
              id="totp"
              name="totp"
              autocomplete="one-time-code"
              aria-describedby="totp-help"
              required
            />
            <small id="totp-help">{t.login.codeHelp}</small>
          </p>
        )}
        <p>
          <button type="submit" class="primary wide">
            {t.login.button}
          </button>
        </p>
      </form>
      <p class="quiet">{t.login.setup}</p>
    </Page>
  );
}
