import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { App } from '../../src/apps/app.model.js';
import { Database } from '../../src/database/database.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';

let server: TestServer;
let admin: AdminClient;
let app: App;
let at: string;

beforeAll(async () => {
  server = await createTestServer();
  admin = await makeAdmin(server, 'GROUP_ADMIN');
});
afterAll(() => server.stop());
beforeEach(async () => {
  app = await server.make.app({ providers: [] });
  at = `${admin.app(app)}/auth_providers`;
});

const UNKNOWN = '0123456789abcdef01234567';
const MAIL = {
  emailConfirmationUrl: 'https://s.example/c',
  resetPasswordUrl: 'https://s.example/r',
  confirmEmailSubject: 'Hi',
  resetPasswordSubject: 'Reset',
};

async function make(body: object): Promise<string> {
  const { status, text, body: made } = await admin.post(at, body);
  if (status !== 201) throw new Error(`${status} ${text}`);
  return `${at}/${String(made['_id'])}`;
}

describe('an auth provider', () => {
  it('is made, changed key by key, switched off and deleted, as section 16 of the reference shows', async () => {
    const made = await admin.post(at, { type: 'local-userpass', config: MAIL });
    expect([made.status, made.body]).toEqual([
      201,
      { _id: expect.stringMatching(/^[0-9a-f]{24}$/), name: 'local-userpass', type: 'local-userpass', disabled: false },
    ]);
    const path = `${at}/${String(made.body['_id'])}`;
    expect((await admin.get(path)).body).toEqual({ ...made.body, config: MAIL });
    const change = { _id: UNKNOWN, name: 'other', type: 'anon-user', config: { confirmEmailSubject: 'Welcome' } };
    expect((await admin.patch(path, change)).status).toBe(204);
    expect((await admin.get(path)).body).toEqual({ ...made.body, config: { ...MAIL, confirmEmailSubject: 'Welcome' } });
    const refused = await admin.delete(path);
    expect([refused.status, refused.body.error_code]).toEqual([400, 'BadRequest']);
    expect((await admin.put(`${path}/disable`, '', { contentType: 'application/json' })).status).toBe(204);
    expect((await admin.get(path)).body['disabled']).toBe(true);
    expect((await admin.delete(path)).status).toBe(204);
    for (const gone of [admin.get(path), admin.delete(path), admin.put(`${path}/enable`), admin.patch(path, {})]) {
      const { status, body } = await gone;
      expect([status, body.error_code]).toEqual([404, 'AuthProviderNotFound']);
    }
  });

  it('is listed in the order of creation, without its config', async () => {
    await make({ type: 'local-userpass', config: MAIL });
    await make({ type: 'anon-user' });
    const { body } = await admin.get(at);
    expect(body).toEqual([
      { _id: expect.any(String), name: 'local-userpass', type: 'local-userpass', disabled: false },
      { _id: expect.any(String), name: 'anon-user', type: 'anon-user', disabled: false },
    ]);
  });

  it('exists once per type, whoever was first', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.post(at, { type: 'anon-user' })));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array<number>(9).fill(409)]);
    expect(answers.find(({ status }) => status === 409)!.body.error_code).toBe('AuthProviderAlreadyExists');
  });

  it('is refused for an unknown type, and where its config is missing or wrong', async () => {
    for (const body of [
      {},
      { type: 'nonsense' },
      { type: '__proto__' },
      { type: 7 },
      { type: { $ne: '' } },
      { type: 'local-userpass' },
      { type: 'local-userpass', config: [] },
      { type: 'local-userpass', config: { autoConfirm: 'yes' } },
      { type: 'local-userpass', config: { confirmEmailSubject: 'x'.repeat(257) } },
      { type: 'anon-user', disabled: 'no' },
      [],
    ]) {
      expect([body, (await admin.post(at, JSON.stringify(body))).status]).toEqual([body, 400]);
    }
    expect((await admin.get(at)).text).toBe('[]');
    const path = await make({ type: 'local-userpass', config: MAIL });
    expect((await admin.patch(path, { config: { autoConfirm: 7 } })).status).toBe(400);
    expect((await admin.get(path)).body).toMatchObject({ config: MAIL });
  });

  it('comes back as it was stored, whatever else old tools send', async () => {
    const config = {
      ...MAIL,
      runConfirmationFunction: false,
      confirmationFunctionName: '',
      resetFunctionId: '',
      odd: { a: [1] },
    };
    const path = await make({ id: 'x', type: 'local-userpass', name: 'local-userpass', config, unknown: true });
    const { _id, ...rest } = (await admin.get(path)).body;
    expect(_id).toEqual(expect.any(String));
    expect(rest).toEqual({ name: 'local-userpass', type: 'local-userpass', disabled: false, config });
  });

  it('takes changes of two administrators at once, and loses none', async () => {
    const path = await make({ type: 'local-userpass', config: {} });
    await Promise.all(Array.from({ length: 12 }, (_, i) => admin.patch(path, { config: { [`key${i}`]: i } })));
    const { config } = (await admin.get(path)).body as unknown as { config: object };
    expect(Object.keys(config)).toHaveLength(12);
  });

  it('works at once, and not any more when it is disabled or deleted (C42)', async () => {
    const client = server.client(app);
    expect((await client.login('anon-user')).body.error).toBe("authentication via 'anon-user' is unsupported");
    const path = await make({ type: 'anon-user' });
    const { access_token } = (await client.login('anon-user')).body;
    expect((await client.profile(access_token)).status).toBe(200);
    await admin.put(`${path}/disable`);
    expect((await client.login('anon-user')).body.error_code).toBe('AuthProviderNotFound');
    expect((await client.profile(access_token)).status).toBe(200);
    await admin.put(`${path}/enable`);
    expect((await client.login('anon-user')).status).toBe(200);
    await admin.put(`${path}/disable`);
    await admin.delete(path);
    expect((await client.login('anon-user')).status).toBe(404);
    await make({ type: 'anon-user' });
    expect((await client.login('anon-user')).status).toBe(200);
  });
});

describe('types that need more than a name', () => {
  const google = {
    type: 'oauth2-google',
    disabled: false,
    config: { clientId: 'x.apps.googleusercontent.com', openId: false },
    secret_config: { clientSecret: 'googleClientSecret' },
    metadata_fields: [{ required: true, name: 'email' }],
    redirect_uris: ['https://myapp.example/login'],
    domain_restrictions: ['example.com'],
  };

  it('are kept and given back, and let nobody in while it is missing', async () => {
    const path = await make(google);
    expect((await admin.get(path)).body).toEqual({ _id: expect.any(String), name: 'oauth2-google', ...google });
    expect((await admin.patch(path, { redirect_uris: [] })).status).toBe(204);
    expect((await admin.get(path)).body['redirect_uris']).toEqual([]);
    const { status, body } = await server.client(app).login('oauth2-google', { authCode: 'x' });
    expect([status, body.error]).toEqual([401, 'the provider has no client secret']);
    for (const type of ['api-key', 'custom-token', 'oauth2-facebook', 'oauth2-apple']) await make({ type });
  });

  it('keep no secret that was written into their config', async () => {
    const path = await make({
      ...google,
      secret_config: undefined,
      config: { clientId: 'x', clientSecret: 'hunter2-hunter2' },
    });
    const { text, body } = await admin.get(path);
    expect(text).not.toContain('hunter2');
    expect(body).toMatchObject({
      config: { clientId: 'x' },
      secret_config: { clientSecret: 'oauth2-google-clientSecret' },
    });
    const token = await make({ type: 'custom-token', config: { signingKey: 'hunter2-hunter2-hunter2' } });
    expect((await admin.get(token)).body).toMatchObject({
      secret_config: { signingKeys: ['custom-token-signingKey'] },
    });
    const secrets = await admin.get(`${admin.app(app)}/secrets`);
    expect(secrets.text).toContain('custom-token-signingKey');
    expect(secrets.text).not.toContain('hunter2');
    const stored = await server
      .get(Database)
      .connection.db!.collection('provider_configs')
      .find({ app: app._id })
      .toArray();
    expect(JSON.stringify(stored)).not.toContain('hunter2');
  });

  it('write no secret of another provider, nor one on the way to a refusal', async () => {
    const value = (name: string) => server.get(SecretsService).findValue(app, name);
    const oidc = (name: string, clientSecret: string) => ({
      type: 'oidc',
      name,
      config: { issuer: 'https://id.example', clientId: 'x', clientSecret },
    });
    const path = await make(oidc('one', 'of one'));
    await make(oidc('two', 'of two'));
    expect((await admin.get(path)).body).toMatchObject({ secret_config: { clientSecret: 'one-clientSecret' } });
    expect((await admin.post(at, oidc('one', 'of nobody'))).status).toBe(409);
    const wrong = { config: { issuer: 'nowhere', clientSecret: 'of nobody' } };
    expect((await admin.patch(path, wrong)).status).toBe(400);
    expect(await Promise.all(['one-clientSecret', 'two-clientSecret'].map(value))).toEqual(['of one', 'of two']);
    expect((await admin.patch(path, { config: { clientSecret: 'a new one' } })).status).toBe(204);
    expect(await value('one-clientSecret')).toBe('a new one');
  });

  it('are listed with a schema of their settings, and with whether there may be many', async () => {
    const types = (await admin.get(`${at}/types`)).body as unknown as {
      type: string;
      many: boolean;
      schema: unknown;
    }[];
    expect(types.find(({ type }) => type === 'local-userpass')).toMatchObject({
      many: false,
      schema: { type: 'object', required: ['config'], properties: { config: { type: 'object' } } },
    });
    expect(types.filter(({ many }) => many).map(({ type }) => type)).toEqual(['oidc']);
    for (const type of ['oauth2-google', 'oauth2-facebook', 'oauth2-apple']) {
      expect(types.find((known) => known.type === type)).toMatchObject({ schema: { type: 'object' } });
    }
  });
});
