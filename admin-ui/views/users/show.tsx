import type { VNode } from 'preact';
import { Card } from '../../components/card.js';
import { Events } from '../../components/events.js';
import { Action, Form } from '../../components/forms.js';
import { Problem } from '../../components/message.js';
import { Badge, cut, Foreign, Time } from '../../components/text.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';
import type { UserPageProps } from './user-details.js';
import { Ways } from './ways.js';

/** The newest; all of them end together. */
const MOST_SESSIONS = 50;

type Props = Pick<UserPageProps, 'frame' | 'user'>;

export function UserPage(props: UserPageProps): VNode {
  const { frame, user, problems = {} } = props;
  const { support } = frame.can;
  const actions = support && (
    <>
      <Action frame={frame} action={`${user.path}/revoke`} label={t.user.revoke} kind="primary" />
      <Action
        frame={frame}
        action={`${user.path}/${user.disabled ? 'enable' : 'disable'}`}
        label={user.disabled ? t.user.enable : t.user.disable}
      />
      <Action frame={frame} action={`${user.path}/delete`} label={t.user.delete} kind="danger" />
    </>
  );
  return (
    <Console frame={frame} title={cut(user.name)} section="users" actions={actions}>
      <div class="columns">
        <Profile frame={frame} user={user} />
        <Sessions frame={frame} user={user} />
        <Identities frame={frame} user={user} />
        <Keys frame={frame} user={user} />
        <CustomData frame={frame} user={user} problem={problems.customData} />
        {support && <Ways {...props} />}
      </div>
      <div class="timeline">
        <h2 id="timeline">{t.audit.timeline}</h2>
        {user.events.length === 0 ? (
          <p class="empty">{t.audit.noTimeline}</p>
        ) : (
          <Events frame={frame} label={t.audit.timeline} events={user.events} ofOne />
        )}
        <p>
          <a href={`${frame.app!.path}/audit?user_id=${user.id}`}>{t.audit.all}</a>
        </p>
      </div>
    </Console>
  );
}

function Profile({ frame, user }: Props): VNode {
  return (
    <Card id="profile" title={t.user.profile}>
      <dl>
        <dt>{t.user.id}</dt>
        <dd>
          <code>{user.id}</code>
        </dd>
        <dt>{t.user.state}</dt>
        <dd>
          <Badge kind={user.disabled ? 'bad' : 'good'}>{user.disabled ? t.users.disabled : t.users.enabled}</Badge>
        </dd>
        <dt>{t.user.type}</dt>
        <dd>{t.users[user.type]}</dd>
        <dt>{t.user.created}</dt>
        <dd>
          <Time at={user.createdAt} now={frame.now} />
        </dd>
        <dt>{t.user.lastLogin}</dt>
        <dd>
          <Time at={user.lastLoginAt} now={frame.now} />
        </dd>
        {user.revokedAt && (
          <>
            <dt>{t.user.revokedAt}</dt>
            <dd>
              <Time at={user.revokedAt} now={frame.now} />
            </dd>
          </>
        )}
        <Pairs data={user.data} />
      </dl>
    </Card>
  );
}

function Pairs({ data }: { data: Record<string, string> }): VNode {
  return (
    <>
      {Object.entries(data).map(([name, value]) => (
        <>
          <dt>
            <Foreign text={name} />
          </dt>
          <dd>
            <Foreign text={value} />
          </dd>
        </>
      ))}
    </>
  );
}

function Identities({ frame, user }: Props): VNode {
  return (
    <Card id="identities" title={t.user.identities}>
      {user.identities.length === 0 && <p class="empty">{t.user.noIdentities}</p>}
      <ul class="records">
        {user.identities.map(({ id, provider, createdAt, data }) => (
          <li key={`${provider}:${id}`}>
            <div>
              <Badge kind="plain">{provider}</Badge> <Time at={createdAt} now={frame.now} />
              <br />
              <code>
                <Foreign text={id} />
              </code>
              <br />
              <Foreign
                text={Object.entries(data)
                  .map(([name, value]) => `${name}: ${cut(value, 60)}`)
                  .join(', ')}
              />
            </div>
            {frame.can.support && (
              <Action
                frame={frame}
                action={`${user.path}/identities`}
                label={t.user.remove}
                about={`${provider} ${cut(id, 40)}`}
                fields={{ identity: id, provider }}
              />
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Sessions({ frame, user }: Props): VNode {
  return (
    <Card id="sessions" title={t.user.sessions}>
      {user.sessions.length === 0 && <p class="empty">{t.user.noSessions}</p>}
      <ul class="records">
        {user.sessions.slice(0, MOST_SESSIONS).map((session) => (
          <li key={session.id}>
            <div>
              <strong>
                <Foreign text={session.device} />
              </strong>
              <br />
              <Badge kind="plain">{session.provider}</Badge> {session.ip}
              {session.userAgent !== session.device && (
                <span class="quiet">
                  {' '}
                  <Foreign text={session.userAgent} />
                </span>
              )}
              <br />
              <span class="quiet">
                {t.user.lastUsed} <Time at={session.lastUsedAt} now={frame.now} />
              </span>
            </div>
            {frame.can.support && (
              <Action
                frame={frame}
                action={`${user.path}/sessions/${session.id}`}
                label={t.user.end}
                about={cut(session.device, 40)}
              />
            )}
          </li>
        ))}
      </ul>
      <More shown={MOST_SESSIONS} all={user.sessions.length} />
    </Card>
  );
}

function More({ shown, all }: { shown: number; all: number }): VNode | null {
  return all > shown ? <p class="quiet">{t.user.more(all - shown)}</p> : null;
}

function Keys({ frame, user }: Props): VNode {
  return (
    <Card id="keys" title={t.user.keys}>
      {user.keys.length === 0 && <p class="empty">{t.user.noKeys}</p>}
      <ul class="records">
        {user.keys.map((key) => (
          <li key={key.id}>
            <div>
              <Foreign text={key.name} />{' '}
              <Badge kind={key.disabled ? 'bad' : 'good'}>{key.disabled ? t.users.disabled : t.users.enabled}</Badge>
            </div>
            <Time at={key.createdAt} now={frame.now} />
            {frame.can.support && (
              <Action
                frame={frame}
                action={`${user.path}/keys/${key.id}/delete`}
                label={t.user.deleteKey}
                about={cut(key.name, 40)}
                kind="danger"
              />
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function CustomData({ frame, user, problem }: Props & { problem: string | undefined }): VNode {
  const { text, version } = user.customData;
  return (
    <Card id="custom-data" title={t.user.customData}>
      <Problem text={problem} />
      <Form frame={frame} action={`${user.path}/custom_data`} fields={{ version: String(version) }}>
        <p class="field">
          <label for="json">{t.user.customDataLabel}</label>
          <textarea
            id="json"
            name="json"
            rows={8}
            spellcheck={false}
            readOnly={!frame.can.support}
            aria-describedby="json-help"
            value={text}
          />
          <small id="json-help">{t.user.customDataHelp}</small>
        </p>
        {frame.can.support && <button type="submit">{t.user.save}</button>}
      </Form>
    </Card>
  );
}
