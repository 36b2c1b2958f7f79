import type { VNode } from 'preact';
import { Card } from '../../components/card.js';
import { Field } from '../../components/field.js';
import { Action, Form } from '../../components/forms.js';
import { Select, TextInput } from '../../components/inputs.js';
import { Problem } from '../../components/message.js';
import { t } from '../../strings.js';
import type { UserPageProps } from './user-details.js';

/** What can be done about how somebody gets in. */
export function Ways(props: UserPageProps): VNode {
  const { frame, user, problems = {}, typed = {} } = props;
  return (
    <>
      {user.hasPassword ? <Password {...props} /> : <AddEmail {...props} />}
      {user.linkable.length > 0 && <Link {...props} />}
      {frame.can.admin && (
        <Card id="merge" title={t.user.mergeCard}>
          <Problem text={problems.merge} />
          <Form frame={frame} action={`${user.path}/merge`}>
            <TextInput
              name="other"
              label={t.user.mergeOther}
              help={t.user.mergeHelp}
              value={typed.other}
              maxLength={24}
              required
            />
            <button type="submit">{t.user.merge}</button>
          </Form>
        </Card>
      )}
    </>
  );
}

function Password({ frame, user, problems = {}, typed = {} }: UserPageProps): VNode {
  return (
    <>
      <Card id="password-card" title={t.user.password}>
        <Problem text={problems.password} />
        <Form frame={frame} action={`${user.path}/password`}>
          <Field
            name="password"
            label={t.user.newPassword}
            type="password"
            autocomplete="new-password"
            minLength={6}
            help={t.user.passwordHelp}
          />
          <button type="submit">{t.user.setPassword}</button>
        </Form>
        <p class="below">
          <Action frame={frame} action={`${user.path}/reset`} label={t.user.sendReset} />
        </p>
      </Card>
      <Card id="email-card" title={t.user.email}>
        <Problem text={problems.email} />
        <Form frame={frame} action={`${user.path}/email`}>
          <TextInput
            name="email"
            label={t.user.newEmail}
            help={t.user.newEmailHelp}
            type="email"
            value={typed.email}
            required
          />
          <button type="submit">{t.user.changeEmail}</button>
        </Form>
      </Card>
    </>
  );
}

function AddEmail({ frame, user, problems = {}, typed = {}, owner }: UserPageProps): VNode {
  return (
    <Card id="email-card" title={t.user.addEmail}>
      <Problem text={problems.email} />
      {problems.email && <Owner path={owner} />}
      <Form frame={frame} action={`${user.path}/email/add`}>
        <TextInput name="email" label={t.newUser.email} type="email" value={typed.email} required />
        <TextInput name="password" label={t.newUser.password} help={t.newUser.passwordHelp} type="password" required />
        <button type="submit">{t.user.addEmailButton}</button>
      </Form>
    </Card>
  );
}

/** An identity, by what its provider calls the person. */
function Link({ frame, user, problems = {}, typed = {}, owner }: UserPageProps): VNode {
  return (
    <Card id="link" title={t.user.link}>
      <Problem text={problems.link} />
      {problems.link && <Owner path={owner} />}
      <Form frame={frame} action={`${user.path}/identities/link`}>
        <Select
          name="provider"
          label={t.user.linkProvider}
          value={typed.provider ?? ''}
          options={user.linkable.map((name) => [name, name])}
        />
        <TextInput
          name="subject"
          label={t.user.linkSubject}
          help={t.user.linkHelp}
          value={typed.subject}
          maxLength={1_024}
          required
        />
        <button type="submit">{t.user.linkButton}</button>
      </Form>
    </Card>
  );
}

function Owner({ path }: { path: string | undefined }): VNode | null {
  return path === undefined ? null : (
    <p>
      <a href={path}>{t.user.seeOwner}</a>
    </p>
  );
}
