import type { VNode } from 'preact';
import { Card } from '../../components/card.js';
import { Field } from '../../components/field.js';
import { Form } from '../../components/forms.js';
import { TextInput } from '../../components/inputs.js';
import { Problem } from '../../components/message.js';
import type { AppLink, Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';

interface Props {
  frame: Frame;
  app: AppLink;
  email?: string;
  problem?: string | undefined;
}

/** A user with an address and a password, who needs no confirmation. */
export function NewUser({ frame, app, email, problem }: Props): VNode {
  return (
    <Console frame={frame} title={t.newUser.title} section="users">
      <div class="card narrow">
        <Problem text={problem} />
        <Form frame={frame} action={`${app.path}/users/new`}>
          <Field name="email" label={t.newUser.email} type="email" autocomplete="off" value={email} />
          <Field
            name="password"
            label={t.newUser.password}
            type="password"
            autocomplete="new-password"
            minLength={6}
            help={t.newUser.passwordHelp}
          />
          <button type="submit" class="primary">
            {t.newUser.button}
          </button>
        </Form>
      </div>
      <Card id="invite" title={t.newUser.invite} narrow>
        <Form frame={frame} action={`${app.path}/users/invite`}>
          <TextInput
            id="invite-email"
            name="email"
            label={t.newUser.inviteWhom}
            help={t.newUser.inviteHelp}
            type="email"
            required
          />
          <button type="submit">{t.newUser.inviteButton}</button>
        </Form>
      </Card>
    </Console>
  );
}
