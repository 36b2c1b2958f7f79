import { expect } from '@jest/globals';
import type { Answer, ApiClient, Tokens } from './client.js';
import { expectEmpty, expectError, expectJson, REFRESH_TOKEN_NOT_FOUND, WRONG_PASSWORD } from './expect-answer.js';

interface Member {
  email: string;
  password: string;
  /** Undefined while no login was answered. */
  userId?: string;
}

/** What was asked and not answered: it may have happened or not, but not by halves. */
interface Unsure {
  register: Member[];
  logout: Tokens[];
  deletion: Member[];
}

/**
 * Registrations, logins, logouts and deletions without end, and a note of each that was answered.
 * When the server dies, what was answered must be there after its return.
 */
export class Traffic {
  private readonly members: Member[] = [];
  private readonly open: Tokens[] = [];
  private readonly ended: Tokens[] = [];
  private readonly deleted: Member[] = [];
  private readonly unsure: Unsure = { register: [], logout: [], deletion: [] };
  private count = 0;

  constructor(private readonly name: string) {}

  get acknowledged(): number {
    return this.members.length + this.open.length + this.ended.length + this.deleted.length;
  }

  /** Until the server is gone: the first request that gets no answer ends the run. */
  async run(client: ApiClient): Promise<void> {
    try {
      while (true) await this.step(client);
    } catch (error) {
      // What fetch throws when there is no answer (of another realm than jest's, so no instanceof); all else is a finding.
      if ((error as Error).name !== 'TypeError') throw error;
    }
  }

  private async step(client: ApiClient): Promise<void> {
    const number = (this.count += 1);
    const member: Member = { email: `${this.name}-${number}@example.com`, password: `secret ${number}` };
    await this.sent(this.unsure.register, member, () => client.register(member));
    this.members.push(member);
    const tokens = await this.login(client, member);
    this.open.push(client.tokens(await client.login('anon-user')));
    if (number % 3 === 0) {
      this.open.splice(this.open.indexOf(tokens), 1);
      await this.sent(this.unsure.logout, tokens, () => client.logout(tokens.refreshToken));
      this.ended.push(tokens);
    } else if (number % 5 === 0) {
      this.open.splice(this.open.indexOf(tokens), 1);
      this.members.splice(this.members.indexOf(member), 1);
      await this.sent(this.unsure.deletion, member, () => client.deleteUser(tokens.accessToken));
      this.deleted.push(member);
      this.ended.push(tokens);
    }
  }

  private async login(client: ApiClient, member: Member): Promise<Tokens> {
    const tokens = client.tokens(
      await client.login('local-userpass', { username: member.email, password: member.password }),
    );
    member.userId = tokens.userId;
    this.open.push(tokens);
    return tokens;
  }

  /** Unsure from the moment it is sent until it is answered. */
  private async sent<T>(unsure: T[], what: T, send: () => Promise<Answer>): Promise<void> {
    unsure.push(what);
    const { status, text } = await send();
    if (status >= 300) throw new Error(`${status} ${text}`);
    unsure.splice(unsure.indexOf(what), 1);
  }

  /** Everything that was answered is there, and what was not is whole or absent. */
  async check(client: ApiClient): Promise<void> {
    for (const member of this.members) await this.expectMember(client, member);
    for (const { refreshToken, accessToken, userId } of this.open) {
      expect([200, 201]).toContain((await client.refresh(refreshToken)).status);
      expect((await client.profile(accessToken)).body.user_id).toBe(userId);
    }
    for (const { refreshToken } of this.ended) expectError(await client.refresh(refreshToken), REFRESH_TOKEN_NOT_FOUND);
    for (const member of this.deleted) expectError(await this.tryLogin(client, member), WRONG_PASSWORD);
    for (const { refreshToken } of this.unsure.logout) expectEmpty(await client.logout(refreshToken));
    for (const member of this.unsure.register) await this.expectRegistrable(client, member);
    for (const member of this.unsure.deletion) await this.expectRegistrable(client, member);
  }

  private async expectMember(client: ApiClient, member: Member): Promise<void> {
    const answer = await this.tryLogin(client, member);
    expectJson(answer, 200);
    if (member.userId !== undefined) expect(answer.body.user_id).toBe(member.userId);
  }

  /** Either it is there and logs in, or it can be had; never a half that does neither. */
  private async expectRegistrable(client: ApiClient, member: Member): Promise<void> {
    const { status } = await client.register(member);
    expect([201, 409]).toContain(status);
    expectJson(await this.tryLogin(client, member), 200);
  }

  private tryLogin(client: ApiClient, { email, password }: Member): Promise<Answer> {
    return client.login('local-userpass', { username: email, password });
  }
}
