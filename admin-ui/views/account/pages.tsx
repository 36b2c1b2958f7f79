import type { ComponentChildren, VNode } from 'preact';
import { Field } from '../../components/field.js';
import { Problem } from '../../components/message.js';
import { Foreign } from '../../components/text.js';
import { Page } from '../../layouts/page.js';
import { TEXTS, type Locale } from './texts.js';

/** From `/api/client/v2.0/app/{app}/auth/pages/{step}`. */
const STYLES = `${'../'.repeat(7)}console/assets/console.css`;

export type Step = 'confirm' | 'reset' | 'invite';

interface Props {
  locale: Locale;
  appName: string;
  step: Step;
}

interface FormProps extends Props {
  email: string;
  /** What is wrong with what was sent. */
  problem?: string | undefined;
}

/** What the link in a mail opens. It is the button that uses the link up; the form goes to the page's own address. */
export function AccountForm({ locale, appName, step, email, problem }: FormProps): VNode {
  const texts = TEXTS[locale];
  const { title, lead, button } = texts[step];
  return (
    <Frame locale={locale} appName={appName} title={problem === undefined ? title : `${texts.error}: ${title}`}>
      <h1>{title}</h1>
      <p>
        {lead}{' '}
        <strong class="address">
          <Foreign text={email} />
        </strong>
      </p>
      <Problem text={problem} />
      <form method="post">
        {step !== 'confirm' && <NewPassword locale={locale} email={email} />}
        <p>
          <button type="submit" class="primary wide">
            {button}
          </button>
        </p>
      </form>
    </Frame>
  );
}

export function AccountDone({ locale, appName, step }: Props): VNode {
  const { doneTitle, done } = TEXTS[locale][step];
  return (
    <Frame locale={locale} appName={appName} title={doneTitle}>
      <h1>{doneTitle}</h1>
      <p role="status">{done}</p>
    </Frame>
  );
}

/** Used, too old, or never made: the page does not know which. */
export function AccountLinkNotValid({ locale, appName }: Omit<Props, 'step'>): VNode {
  const { notValidTitle, notValid } = TEXTS[locale];
  return (
    <Frame locale={locale} appName={appName} title={notValidTitle}>
      <h1>{notValidTitle}</h1>
      <p>{notValid}</p>
    </Frame>
  );
}

/** Something else stands in the way: a limit, a provider that was switched off. */
export function AccountProblem({ locale, appName, problem }: Omit<Props, 'step'> & { problem: string }): VNode {
  const { error } = TEXTS[locale];
  return (
    <Frame locale={locale} appName={appName} title={error}>
      <h1>{error}</h1>
      <Problem text={problem} />
    </Frame>
  );
}

interface FrameProps {
  locale: Locale;
  appName: string;
  title: string;
  children: ComponentChildren;
}

function Frame({ locale, appName, title, children }: FrameProps): VNode {
  return (
    <Page title={title} stylesheet={STYLES} lang={locale} site={appName}>
      <p class="quiet">
        <Foreign text={appName} />
      </p>
      {children}
    </Page>
  );
}

/** The address is for password managers, which keep the two together. */
function NewPassword({ locale, email }: { locale: Locale; email: string }): VNode {
  const { password, again } = TEXTS[locale];
  return (
    <>
      <input type="hidden" name="email" value={email} autocomplete="username" />
      <Field name="password" label={password} type="password" autocomplete="new-password" />
      <Field name="again" label={again} type="password" autocomplete="new-password" />
    </>
  );
}
