import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Field } from '../components/field.js';
import { Action, Form } from '../components/forms.js';
import { TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { Badge, cut, Foreign, Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

/** The newest; the others end together. */
const MOST_SESSIONS = 50;

export interface OwnSession {
  id: string;
  current: boolean;
  browser: boolean;
  device: string;
  ip: string;
  lastUsedAt: Date;
}

interface Props {
  frame: Frame;
  path: string;
  roles: { group: string; role: keyof typeof t.administrators.roles }[];
  sessions: OwnSession[];
  /** How many recovery codes are left; undefined where there is no second factor. */
  recoveryLeft: number | undefined;
  factorProblem?: string;
  codesProblem?: string;
  problem?: string;
}

/** What administrators can do about themselves. */
export function Account(props: Props): VNode {
  const { frame, path, roles, sessions, problem } = props;
  return (
    <Console frame={frame} title={t.sections.account} section="account">
      <div class="columns">
        <Card id="who" title={frame.email}>
          <ul class="plain">
            {roles.map(({ group, role }) => (
              <li key={group}>
                {group}: {t.administrators.roles[role]}
              </li>
            ))}
          </ul>
        </Card>
        <Card id="password-card" title={t.account.password}>
          <Problem text={problem} />
          <Form frame={frame} action={`${path}/password`}>
            <input type="hidden" name="username" value={frame.email} autocomplete="username" />
            <Field name="old" label={t.account.oldPassword} type="password" autocomplete="current-password" />
            <Field
              name="new"
              label={t.account.newPassword}
              type="password"
              autocomplete="new-password"
              minLength={8}
              help={t.account.newPasswordHelp}
            />
            <Field name="again" label={t.account.again} type="password" autocomplete="new-password" minLength={8} />
            <button type="submit" class="primary">
              {t.account.changePassword}
            </button>
          </Form>
        </Card>
        <SecondFactor {...props} />
        <Card id="sessions" title={t.account.sessions}>
          <ul class="records">
            {sessions.slice(0, MOST_SESSIONS).map((session) => (
              <SessionRow key={session.id} frame={frame} path={path} session={session} />
            ))}
          </ul>
          {sessions.length > MOST_SESSIONS && <p class="quiet">{t.user.more(sessions.length - MOST_SESSIONS)}</p>}
          {sessions.length > 1 && (
            <Action frame={frame} action={`${path}/sessions`} label={t.account.endOthers} kind="primary" />
          )}
        </Card>
      </div>
    </Console>
  );
}

function SecondFactor({ frame, path, recoveryLeft, factorProblem, codesProblem }: Props): VNode {
  if (recoveryLeft === undefined) {
    return (
      <Card id="factor" title={t.account.factor}>
        <Problem text={factorProblem} />
        <p>{t.account.factorOff}</p>
        <Action frame={frame} action={`${path}/totp`} label={t.account.setUp} kind="primary" />
      </Card>
    );
  }
  return (
    <Card id="factor" title={t.account.factor}>
      <Problem text={factorProblem} />
      <p>
        {t.account.factorOn} {t.account.recoveryLeft(recoveryLeft)}
      </p>
      <Form frame={frame} action={`${path}/totp/off`}>
        <TextInput name="totp" label={t.account.offCode} required />
        <button type="submit" class="danger">
          {t.account.turnOff}
        </button>
      </Form>
      <h3>{t.account.newCodes}</h3>
      <p>{t.account.newCodesText}</p>
      <Problem text={codesProblem} />
      <Form frame={frame} action={`${path}/totp/codes`}>
        <Field
          name="password"
          label={t.account.yourPassword}
          type="password"
          autocomplete="current-password"
          required={false}
        />
        <TextInput name="totp" id="totp-for-codes" label={t.account.orCode} />
        <button type="submit">{t.account.renewCodes}</button>
      </Form>
    </Card>
  );
}

function SessionRow({ frame, path, session }: { frame: Frame; path: string; session: OwnSession }): VNode {
  const { id, current, browser, device, ip, lastUsedAt } = session;
  return (
    <li>
      <div>
        <strong>
          <Foreign text={device} />
        </strong>{' '}
        {current && <Badge kind="good">{t.account.current}</Badge>}
        <br />
        <Badge kind="plain">{browser ? t.account.browser : t.account.program}</Badge> {ip}
        <br />
        <span class="quiet">
          {t.account.lastUsed} <Time at={lastUsedAt} now={frame.now} />
        </span>
      </div>
      {!current && (
        <Action frame={frame} action={`${path}/sessions/${id}`} label={t.account.end} about={cut(device, 40)} />
      )}
    </li>
  );
}
