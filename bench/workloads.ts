import { randomBytes } from 'node:crypto';
import { requestBytes } from './connection.js';
import type { Reply } from './connection.js';
import { CONNECTIONS } from './load.js';
import type { Load, Operation, Source } from './load.js';

const CLIENT = '/api/client/v2.0';
const APP = `${CLIENT}/app/demo-local`;
const ANONYMOUS_LOGIN = requestBytes('POST', `${APP}/auth/providers/anon-user/login`, { body: {} });
const EMAIL_USERS = 64;
const PASSWORD = 'correct horse battery';

interface Session {
  access_token: string;
  refresh_token: string;
  user_id: string;
  device_id: string;
}

/** Accounts and sessions on one server that the workloads use. */
export class Cast {
  /** One for each connection. */
  readonly sessions: Session[] = [];
  readonly members: { email: string; userId: string }[] = [];
  private readonly run = randomBytes(4).toString('hex');
  private names = 0;

  newEmail(): string {
    return `${this.run}-${(this.names += 1)}@bench.example`;
  }

  async fill(load: Load): Promise<void> {
    while (this.sessions.length < CONNECTIONS) {
      this.sessions.push(...(await anonymousSessions(load, CONNECTIONS - this.sessions.length)));
    }
    await load.run(() => this.joins(), { operations: EMAIL_USERS }, { count: 4 });
    await load.run(() => this.firstLogin(), { operations: EMAIL_USERS }, { count: 4 });
  }

  private joins(): Operation {
    const member = { email: this.newEmail(), userId: '' };
    return signUp(member.email, () => this.members.push(member));
  }

  private firstLogin(): Operation | undefined {
    const member = this.members.find(({ userId }) => userId === '');
    if (!member) return undefined;
    member.userId = 'asked';
    return signIn(member.email, ({ user_id: userId }) => (member.userId = userId));
  }
}

export interface Workload {
  name: string;
  /** As ratio to the bare server. */
  must: number;
  aim: number;
  /** Hashes a password at each operation: dear, and driven by fewer connections than are told to come back later. */
  hashes?: true;
  /** What must exist before a slice: how many operations it gives is decided there. */
  prepare?(load: Load): Promise<Source>;
  source(cast: Cast): Source;
}

export const workloads: Workload[] = [
  { name: 'refresh', must: 0.35, aim: 0.5, source: refreshes },
  { name: 'profile', must: 0.35, aim: 0.55, source: profiles },
  { name: 'anonymous sign-in', must: 0.12, aim: 0.4, source: anonymousSignIns },
  { name: 'sign-out', must: 0.18, aim: 0.4, prepare: signOuts, source: () => () => undefined },
  { name: 'sign-in', must: 0.9, aim: 0.97, hashes: true, source: signIns },
  { name: 'sign-up', must: 0.9, aim: 0.97, hashes: true, source: signUps },
];

export function refreshes({ sessions }: Cast): Source {
  return (connection) => {
    const session = sessions[connection] as Session;
    return {
      request: requestBytes('POST', `${CLIENT}/auth/session`, { token: session.refresh_token }),
      check(reply) {
        const { access_token: token } = json(reply, 200, 201) as Session;
        if (token.split('.').length !== 3 || token === session.access_token) throw wrong('refresh', reply);
        session.access_token = token;
      },
    };
  };
}

function profiles({ sessions }: Cast): Source {
  return (connection) => {
    const { access_token: token, user_id: userId } = sessions[connection] as Session;
    return {
      request: requestBytes('GET', `${CLIENT}/auth/profile`, { token }),
      check(reply) {
        const profile = json(reply, 200) as { user_id: string; identities: object[] };
        if (profile.user_id !== userId || profile.identities.length !== 1) throw wrong('profile', reply);
      },
    };
  };
}

function anonymousSignIns(): Source {
  return () => ({ request: ANONYMOUS_LOGIN, check: (reply) => void sessionIn(reply) });
}

/** A session can be ended once, so each slice makes its own beforehand, uncounted. */
async function signOuts(load: Load): Promise<Source> {
  const sessions = await anonymousSessions(load, 6_000);
  return () => {
    const session = sessions.pop();
    if (!session) return undefined;
    return {
      request: requestBytes('DELETE', `${CLIENT}/auth/session`, { token: session.refresh_token }),
      check(reply) {
        if (reply.status !== 204 || reply.text !== '') throw wrong('sign-out', reply);
      },
    };
  };
}

export function signIns({ members }: Cast): Source {
  let turn = 0;
  return () => {
    const { email, userId } = members[(turn += 1) % members.length] as { email: string; userId: string };
    return signIn(email, (session, reply) => {
      if (session.user_id !== userId) throw wrong('sign-in', reply);
    });
  };
}

function signUps(cast: Cast): Source {
  return () => signUp(cast.newEmail(), () => {});
}

function signIn(email: string, taken: (session: Session, reply: Reply) => void): Operation {
  const body = { username: email, password: PASSWORD };
  return {
    request: requestBytes('POST', `${APP}/auth/providers/local-userpass/login`, { body }),
    check: (reply) => taken(sessionIn(reply), reply),
  };
}

function signUp(email: string, done: () => void): Operation {
  return {
    request: requestBytes('POST', `${APP}/auth/providers/local-userpass/register`, {
      body: { email, password: PASSWORD },
    }),
    check(reply) {
      json(reply, 201);
      done();
    },
  };
}

async function anonymousSessions(load: Load, count: number): Promise<Session[]> {
  const sessions: Session[] = [];
  const login = { request: ANONYMOUS_LOGIN, check: (reply: Reply) => void sessions.push(sessionIn(reply)) };
  await load.run(() => login, { operations: count });
  return sessions;
}

function sessionIn(reply: Reply): Session {
  const session = json(reply, 200) as Session;
  const { access_token: access, refresh_token: refresh, user_id: user, device_id: device } = session;
  const right = [access, refresh].every((token) => token?.split('.').length === 3) && user?.length === 24;
  if (!right || device?.length !== 24) throw wrong('login', reply);
  return session;
}

function json(reply: Reply, ...statuses: number[]): unknown {
  if (!statuses.includes(reply.status)) throw wrong(statuses.join(' or '), reply);
  return JSON.parse(reply.text);
}

function wrong(expected: string, { status, text }: Reply): Error {
  return new Error(`expected ${expected}, got ${status} ${text.slice(0, 300)}`);
}
