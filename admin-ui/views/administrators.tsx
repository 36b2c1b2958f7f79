import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Action, Form } from '../components/forms.js';
import { Select, TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { ShownOnce } from '../components/shown-once.js';
import { Table } from '../components/table.js';
import { Badge, cut, Foreign, relative, Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export type RoleName = keyof typeof t.administrators.roles;

export interface MemberRow {
  id: string;
  email: string;
  role: RoleName;
  self: boolean;
  secondFactor: boolean;
  /** The reader may take the second factor away. */
  resettable: boolean;
  lastLoginAt: Date | undefined;
  /** Of an invitation. */
  endsAt: Date | undefined;
}

export interface GroupOfMembers {
  id: string;
  name: string;
  path: string;
  members: MemberRow[];
  keys: { id: string; name: string; publicKey: string; role: RoleName }[];
  /** Those that the reader may give; none for whoever may only look. */
  givable: RoleName[];
  shown?: { label: string; value: string } | undefined;
  problems?: { invite?: string; key?: string } | undefined;
  typed?: { email?: string; name?: string } | undefined;
}

interface Props {
  frame: Frame;
  groups: GroupOfMembers[];
}

/** Who may do what, group by group. */
export function Administrators({ frame, groups }: Props): VNode {
  return (
    <Console frame={frame} title={t.sections.administrators} section="administrators">
      <p>{t.administrators.intro}</p>
      {groups.map((group) => (
        <Group key={group.id} frame={frame} group={group} titled={groups.length > 1} />
      ))}
    </Console>
  );
}

function Group({ frame, group, titled }: { frame: Frame; group: GroupOfMembers; titled: boolean }): VNode {
  const { id, name, members, givable, shown } = group;
  return (
    <section aria-label={name}>
      {titled && <h2>{name}</h2>}
      {shown && <ShownOnce label={shown.label} value={shown.value} />}
      <Table
        label={`${t.sections.administrators}: ${name}`}
        columns={[t.administrators.person, t.administrators.lastLogin, t.administrators.role, '']}
      >
        {members.map((member) => (
          <Member key={member.id} frame={frame} group={group} member={member} />
        ))}
      </Table>
      <p>
        <a href={group.path.replace(/administrators$/, 'audit')}>{t.audit.toGroup}</a>
      </p>
      <div class="columns">
        {givable.length > 0 && <Invite frame={frame} group={group} />}
        <Card id={`keys-${id}`} title={t.administrators.keys}>
          <p>{t.administrators.keysIntro}</p>
          <Keys frame={frame} group={group} />
        </Card>
      </div>
    </section>
  );
}

interface MemberProps {
  frame: Frame;
  group: GroupOfMembers;
  member: MemberRow;
}

function Member({ frame, group, member }: MemberProps): VNode {
  const { id, email, role, self, secondFactor, resettable, lastLoginAt, endsAt } = member;
  const path = `${group.path}/${id}`;
  const mayChange = group.givable.includes(role);
  return (
    <tr>
      <td>
        <Foreign text={email} /> {self && <Badge kind="plain">{t.administrators.you}</Badge>}{' '}
        {secondFactor && <Badge kind="good">{t.administrators.secondFactor}</Badge>}
        {resettable && (
          <Action frame={frame} action={`${path}/factor`} label={t.administrators.resetFactor} about={cut(email, 60)} />
        )}
      </td>
      <td>
        {endsAt ? (
          <span class="quiet">{t.administrators.invited(relative(endsAt, frame.now))}</span>
        ) : (
          <Time at={lastLoginAt} now={frame.now} />
        )}
      </td>
      <td>
        {mayChange ? (
          <Form frame={frame} action={path} class="together">
            <label class="unseen" for={`role-${id}`}>
              {t.administrators.roleOf(cut(email, 60))}
            </label>
            <select id={`role-${id}`} name="role">
              {group.givable.map((one) => (
                <option key={one} value={one} selected={one === role}>
                  {t.administrators.roles[one]}
                </option>
              ))}
            </select>
            <button type="submit">{t.administrators.change}</button>
          </Form>
        ) : (
          t.administrators.roles[role]
        )}
      </td>
      <td class="buttons">
        {mayChange && (
          <Action
            frame={frame}
            action={`${path}/remove`}
            label={t.administrators.remove}
            about={cut(email, 60)}
            kind="danger"
          />
        )}
      </td>
    </tr>
  );
}

function rolesOf({ givable }: GroupOfMembers): [string, string][] {
  return givable.map((role) => [role, t.administrators.roles[role]]);
}

function Invite({ frame, group }: { frame: Frame; group: GroupOfMembers }): VNode {
  const { id, path, typed = {}, problems = {} } = group;
  return (
    <Card id={`invite-${id}`} title={t.administrators.invite}>
      <Problem text={problems.invite} />
      <Form frame={frame} action={path}>
        <TextInput
          id={`email-${id}`}
          name="email"
          label={t.administrators.email}
          type="email"
          value={typed.email}
          required
        />
        <Select
          id={`invite-role-${id}`}
          name="role"
          label={t.administrators.role}
          value="GROUP_SUPPORT"
          options={rolesOf(group)}
        />
        <button type="submit" class="primary">
          {t.administrators.inviteButton}
        </button>
      </Form>
    </Card>
  );
}

function Keys({ frame, group }: { frame: Frame; group: GroupOfMembers }): VNode {
  const { id, path, keys, givable, typed = {}, problems = {} } = group;
  return (
    <>
      {keys.length === 0 && <p class="empty">{t.administrators.noKeys}</p>}
      <ul class="records">
        {keys.map((key) => (
          <li key={key.id}>
            <div>
              <Foreign text={key.name} />
              <br />
              <code>{key.publicKey}</code> <Badge kind="plain">{t.administrators.roles[key.role]}</Badge>
            </div>
            {givable.includes(key.role) && (
              <Action
                frame={frame}
                action={`${path}/keys/${key.id}/delete`}
                label={t.administrators.deleteKey}
                about={cut(key.name, 60)}
                kind="danger"
              />
            )}
          </li>
        ))}
      </ul>
      {givable.length > 0 && (
        <>
          <h3>{t.administrators.newKey}</h3>
          <Problem text={problems.key} />
          <Form frame={frame} action={`${path}/keys`}>
            <TextInput
              id={`name-${id}`}
              name="name"
              label={t.administrators.keyName}
              value={typed.name}
              maxLength={64}
              required
            />
            <Select
              id={`key-role-${id}`}
              name="role"
              label={t.administrators.role}
              value="GROUP_ADMIN"
              options={rolesOf(group)}
            />
            <button type="submit">{t.administrators.createKey}</button>
          </Form>
        </>
      )}
    </>
  );
}
