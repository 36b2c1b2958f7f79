import type { VNode } from 'preact';
import { Field } from '../components/field.js';
import { Problem } from '../components/message.js';
import { Page } from '../layouts/page.js';

const STYLES = 'assets/console.css';

interface Props {
  /** What is wrong with what was sent. */
  problem?: string | undefined;
  email?: string | undefined;
}

/** The first administrator chooses a password. The form is sent to the page's own address, which holds the token. */
export function Setup({ problem, email }: Props): VNode {
  return (
    <Page title={problem === undefined ? 'Set up' : 'Error: set up'} stylesheet={STYLES}>
      <h1>Set up Latchkey</h1>
      <p>Make the first administrator. This page works once.</p>
      <Problem text={problem} />
      <form method="post">
        <Field name="email" label="Email address" type="email" autocomplete="username" value={email} />
        <NewPassword />
        <p>
          <button type="submit" class="primary wide">
            Make the administrator
          </button>
        </p>
      </form>
    </Page>
  );
}

interface InvitationProps {
  problem?: string | undefined;
  email: string;
  /** The address belongs to an administrator of another group, who has a password. */
  known: boolean;
}

/** Somebody who was invited becomes an administrator. */
export function Invitation({ problem, email, known }: InvitationProps): VNode {
  return (
    <Page title={problem === undefined ? 'Invitation' : 'Error: invitation'} stylesheet={STYLES}>
      <h1>Become an administrator</h1>
      <p>
        This invitation is for <strong>{email}</strong>.{' '}
        {known ? 'Enter the password that you have here.' : 'Choose a password.'}
      </p>
      <Problem text={problem} />
      <form method="post">
        <input type="hidden" name="email" value={email} autocomplete="username" />
        {known ? (
          <Field name="password" label="Password" type="password" autocomplete="current-password" />
        ) : (
          <NewPassword />
        )}
        <p>
          <button type="submit" class="primary wide">
            Accept the invitation
          </button>
        </p>
      </form>
    </Page>
  );
}

/** The link is relative to the page's own address, `/console/setup` or `/console/invitation`. */
export function AdministratorMade({ email }: { email: string }): VNode {
  return (
    <Page title="Done" stylesheet={STYLES}>
      <h1>Done</h1>
      <p>
        <strong>{email}</strong> is an administrator now.
      </p>
      <p>
        <a class="button primary" href="login">
          Log in
        </a>
      </p>
    </Page>
  );
}

/** Used, too old, or never made: the page does not say which. */
export function LinkNotValid({ hint }: { hint: string }): VNode {
  return (
    <Page title="Link not valid" stylesheet={STYLES}>
      <h1>This link is not valid, or not any more</h1>
      <p>{hint}</p>
    </Page>
  );
}

function NewPassword(): VNode {
  return (
    <>
      <Field
        name="password"
        label="Password"
        type="password"
        autocomplete="new-password"
        minLength={8}
        help="8 to 128 characters; a sentence is better than a word."
      />
      <Field name="again" label="The same password again" type="password" autocomplete="new-password" minLength={8} />
    </>
  );
}
