import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StitchClientFactory } from 'mongodb-stitch';
import {
  Stitch,
  StitchAppClientConfiguration,
  UserPasswordAuthProviderClient,
  UserPasswordCredential,
} from 'mongodb-stitch-server-sdk';
import { App as RealmApp, Credentials } from 'realm-web';
import type { App } from '../../src/apps/app.model.js';
import { AuthFunction, FunctionRegistry, type FunctionCall } from '../../src/index.js';
import { makeAdmin } from '../support/admin-client.js';
import type { ApiClient } from '../support/client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { expectError, expectJson } from '../support/expect-answer.js';
import { pairIn, TestSmtp, type Received } from '../support/smtp.js';
import { waitUntil } from '../support/wait.js';

interface Asked {
  token: string;
  tokenId: string;
  username: string;
  email?: string;
  password?: string;
}

/** Answers what the address says: `pending.1@…`. */
@Injectable()
class Decides extends AuthFunction {
  readonly name = 'decides';
  readonly seen: FunctionCall[] = [];
  override async run(call: FunctionCall): Promise<unknown> {
    this.seen.push(call);
    const [status] = (call.arguments[0] as Asked).username.split('.');
    if (status === 'throw') throw new Error('no');
    return status === 'nothing' ? undefined : { status };
  }
  last(): Asked {
    return this.seen.at(-1)!.arguments[0] as Asked;
  }
}

@Module({ providers: [Decides], exports: [Decides] })
class DecidesModule {
  constructor(registry: FunctionRegistry, decides: Decides) {
    registry.register(decides);
  }
}

let smtp: TestSmtp;
let server: TestServer;
let byMail: App;
let byFunction: App;
let client: ApiClient;
let count = 0;

beforeAll(async () => {
  smtp = await TestSmtp.start();
  server = await createTestServer({ env: smtp.env, modules: [DecidesModule] });
  byMail = await makeApp({ emailConfirmationUrl: 'https://s.example/c', resetPasswordUrl: 'https://s.example/r' });
  byFunction = await makeApp({
    runConfirmationFunction: true,
    confirmationFunctionName: 'decides',
    runResetFunction: true,
    resetFunctionName: 'decides',
  });
  client = server.client(byFunction);
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});
beforeEach(() => {
  server.get(Decides).seen.length = 0;
});

const makeApp = (config: Record<string, unknown>): Promise<App> =>
  server.make.app({ providers: [{ type: 'local-userpass', settings: { config } }] });
const newEmail = (status = 'person') => `${status}.${(count += 1)}@example.com`;
const call = (path: string, body: unknown) =>
  client.request('POST', `${client.appPath}/auth/providers/local-userpass/${path}`, { body });
const login = (username: string, password: string) => client.login('local-userpass', { username, password });

async function mailTo(email: string, number = 1): Promise<Received> {
  const of = () => smtp.received.filter(({ recipients }) => recipients.includes(email));
  await waitUntil(async () => of().length >= number);
  return of()[number - 1]!;
}

/** What each SDK has for email accounts, under one name. */
interface EmailAccounts {
  register(email: string, password: string): Promise<unknown>;
  confirm(token: string, tokenId: string): Promise<unknown>;
  resend(email: string): Promise<unknown>;
  sendReset(email: string): Promise<unknown>;
  reset(token: string, tokenId: string, password: string): Promise<unknown>;
  logIn(email: string, password: string): Promise<unknown>;
  close?(): Promise<void>;
}

const SDKS: Record<string, () => Promise<EmailAccounts>> = {
  'realm-web 2.0.1': async () => {
    const realm = new RealmApp({ id: byMail.clientAppId, baseUrl: server.baseUrl });
    const accounts = realm.emailPasswordAuth;
    return {
      register: (email, password) => accounts.registerUser({ email, password }),
      confirm: (token, tokenId) => accounts.confirmUser({ token, tokenId }),
      resend: (email) => accounts.resendConfirmationEmail({ email }),
      sendReset: (email) => accounts.sendResetPasswordEmail({ email }),
      reset: (token, tokenId, password) => accounts.resetPassword({ token, tokenId, password }),
      logIn: (email, password) => realm.logIn(Credentials.emailPassword(email, password)),
    };
  },
  'mongodb-stitch 3.18.0': async () => {
    const stitch = await StitchClientFactory.create(byMail.clientAppId, { baseUrl: server.baseUrl });
    const accounts = stitch.auth.provider('userpass');
    return {
      register: (email, password) => stitch.register(email, password),
      confirm: (token, tokenId) => accounts.emailConfirm(tokenId, token),
      resend: (email) => accounts.sendEmailConfirm(email),
      sendReset: (email) => accounts.sendPasswordReset(email),
      reset: (token, tokenId, password) => accounts.passwordReset(tokenId, token, password),
      logIn: (email, password) => stitch.login(email, password),
    };
  },
  'mongodb-stitch-server-sdk 4.9.0': async () => {
    const storage = await mkdtemp(join(tmpdir(), 'latchkey-stitch-'));
    const config = new StitchAppClientConfiguration.Builder().withBaseUrl(server.baseUrl).withDataDirectory(storage);
    const stitch = Stitch.initializeAppClient(byMail.clientAppId, config.build());
    const accounts = stitch.auth.getProviderClient(UserPasswordAuthProviderClient.factory);
    return {
      register: (email, password) => accounts.registerWithEmail(email, password),
      confirm: (token, tokenId) => accounts.confirmUser(token, tokenId),
      resend: (email) => accounts.resendConfirmationEmail(email),
      sendReset: (email) => accounts.sendResetPasswordEmail(email),
      reset: (token, tokenId, password) => accounts.resetPassword(token, tokenId, password),
      logIn: (email, password) => stitch.auth.loginWithCredential(new UserPasswordCredential(email, password)),
      close: async () => {
        stitch.close();
        Stitch.clearApps();
        await rm(storage, { recursive: true });
      },
    };
  },
};

describe.each(Object.keys(SDKS))('%s', (name) => {
  it('registers, is sent the mail again, confirms, and resets the password by mail', async () => {
    const sdk = await SDKS[name]!();
    const email = newEmail();
    await sdk.register(email, 'secret1');
    await expect(sdk.logIn(email, 'secret1')).rejects.toThrow(/confirmation required/);
    await mailTo(email);
    await sdk.resend(email);
    const { token, tokenId } = pairIn(await mailTo(email, 2));
    await sdk.confirm(token, tokenId);
    await expect(sdk.confirm(token, tokenId)).rejects.toThrow(/expired or invalid/);
    await sdk.logIn(email, 'secret1');
    await sdk.sendReset(email);
    const reset = pairIn(await mailTo(email, 3));
    await sdk.reset(reset.token, reset.tokenId, 'secret2');
    await expect(sdk.logIn(email, 'secret1')).rejects.toThrow(/unauthorized/);
    await sdk.logIn(email, 'secret2');
    await expect(sdk.sendReset(newEmail())).rejects.toThrow(/user not found/);
    await sdk.close?.();
  });
});

async function resetByStitch(email: string, password: string, args: unknown[]): Promise<void> {
  const storage = await mkdtemp(join(tmpdir(), 'latchkey-stitch-'));
  const config = new StitchAppClientConfiguration.Builder().withBaseUrl(server.baseUrl).withDataDirectory(storage);
  const stitch = Stitch.initializeAppClient(byFunction.clientAppId, config.build());
  const accounts = stitch.auth.getProviderClient(UserPasswordAuthProviderClient.factory);
  await accounts.callResetPasswordFunction(email, password, args);
  stitch.close();
  Stitch.clearApps();
  await rm(storage, { recursive: true });
}

describe('a function', () => {
  it('confirms, lets wait or refuses whom it is asked about', async () => {
    const realm = new RealmApp({ id: byFunction.clientAppId, baseUrl: server.baseUrl });
    const { emailPasswordAuth: accounts } = realm;
    const [good, waits] = [newEmail('success'), newEmail('pending')];
    await accounts.registerUser({ email: good, password: 'secret1' });
    expect(server.get(Decides).last()).toEqual({
      token: expect.stringMatching(/^[0-9a-f]{128}$/),
      tokenId: expect.stringMatching(/^[0-9a-f]{24}$/),
      username: good,
    });
    await realm.logIn(Credentials.emailPassword(good, 'secret1'));

    await accounts.registerUser({ email: waits, password: 'secret1' });
    expectError(await login(waits, 'secret1'), { status: 401, error: 'confirmation required' });
    const first = server.get(Decides).last();
    await accounts.retryCustomConfirmation({ email: waits });
    const second = server.get(Decides).last();
    await expect(accounts.confirmUser(first)).rejects.toMatchObject({ errorCode: 'UserpassTokenInvalid' });
    await accounts.confirmUser(second);
    await realm.logIn(Credentials.emailPassword(waits, 'secret1'));
    expectError(await call('confirm/call', { email: waits }), { status: 400, code: 'UserAlreadyConfirmed' });

    for (const status of ['fail', 'throw', 'nothing', 'perhaps']) {
      const email = newEmail(status);
      for (let i = 0; i < 2; i += 1) {
        expectError(await client.register({ email, password: 'secret1' }), {
          status: 400,
          code: 'BadRequest',
          error: `failed to confirm user "${email}"`,
        });
      }
      expectError(await call('confirm/call', { email }), { status: 404, code: 'UserNotFound' });
    }
    expect(smtp.received.some(({ recipients }) => recipients.includes(waits))).toBe(false);
  });

  it('is asked again by an administrator, and not gone around by mail', async () => {
    const admin = await makeAdmin(server, 'GROUP_SUPPORT');
    const email = newEmail('pending');
    await client.register({ email, password: 'secret1' });
    expectError(await call('confirm/send', { email }), { status: 400, error: 'please confirm via function' });
    const path = `${admin.app(byFunction)}/user_registrations/by_email/${email}/run_confirm`;
    const { status, body } = await admin.post(path);
    expect(status).toBe(202);
    expectJson(await call('confirm', { token: body['token'], tokenId: body['token_id'] }), 200);
    const other = server.client(byMail);
    const answer = await other.request('POST', `${other.appPath}/auth/providers/local-userpass/confirm/call`, {
      body: { email },
    });
    expectError(answer, { status: 400, error: 'please confirm via email' });
  });

  it('resets a password at once, or when its token comes back', async () => {
    const realm = new RealmApp({ id: byFunction.clientAppId, baseUrl: server.baseUrl });
    const { emailPasswordAuth: accounts } = realm;
    const good = newEmail('success');
    await accounts.registerUser({ email: good, password: 'secret1' });
    const user = client.tokens(await login(good, 'secret1'));
    await accounts.callResetPasswordFunction({ email: good, password: 'secret2' }, 'an answer', 42);
    const [asked, ...rest] = server.get(Decides).seen.at(-1)!.arguments;
    expect(asked).toMatchObject({ username: good, email: good, password: 'secret2', token: expect.any(String) });
    expect(rest).toHaveLength(2);
    expectError(await client.profile(user.accessToken), { status: 401, code: 'InvalidSession' });
    expectJson(await login(good, 'secret2'), 200);
    expectError(await call('reset', { ...server.get(Decides).last(), password: 'secret3' }), { status: 400 });
    await resetByStitch(good, 'secret4', ['an answer', 42]);
    expect(server.get(Decides).seen.at(-1)!.arguments).toHaveLength(3);
    expectJson(await login(good, 'secret4'), 200);

    const admin = await makeAdmin(server, 'GROUP_SUPPORT');
    for (const status of ['pending', 'fail', 'throw']) {
      const email = newEmail(status);
      await admin.post(`${admin.app(byFunction)}/users`, { email, password: 'secret1' });
      const answer = await call('reset/call', { email, password: 'secret2', arguments: [] });
      expectJson(await login(email, 'secret1'), 200);
      const { token, tokenId } = server.get(Decides).last();
      const completed = await call('reset', { token, tokenId, password: 'secret2' });
      if (status === 'pending') {
        expectJson(answer, 200);
        expectJson(completed, 200);
        expectJson(await login(email, 'secret2'), 200);
      } else {
        expectError(answer, { status: 400, error: `failed to reset password for user "${email}"` });
        expectError(completed, { status: 400, code: 'UserpassTokenInvalid' });
      }
    }
  });

  it('is not asked about what is wrong from the start', async () => {
    const wrong: [string, unknown, number][] = [
      ['reset/call', { email: newEmail('success'), password: 'secret2' }, 404],
      ['reset/call', { email: 'success', password: 'secret2' }, 400],
      ['reset/call', { email: newEmail('success'), password: 'short' }, 400],
      ['reset/call', { email: newEmail('success'), password: 'secret2', arguments: { 0: 'x' } }, 400],
      ['reset/send', { email: newEmail('success') }, 400],
      ['register', { email: newEmail('success'), password: 'short' }, 400],
    ];
    for (const [path, body, status] of wrong) {
      expect({ path, body, status: (await call(path, body)).status }).toEqual({ path, body, status });
    }
    expect(server.get(Decides).seen).toEqual([]);
    const mails = server.client(byMail);
    const answer = await mails.request('POST', `${mails.appPath}/auth/providers/local-userpass/reset/call`, {
      body: { email: newEmail(), password: 'secret2' },
    });
    expectError(answer, { status: 400, error: 'please use reset password via email' });
  });
});
