import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Config } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { loadConfig } from '../../src/config/load-config.js';

const KEY = Buffer.alloc(32, 7);

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs nothing, and is then safe: loopback, the embedded store, full cost', () => {
    const config = loadConfig({});
    expect(config).toBeInstanceOf(Config);
    expect(config).toMatchObject({
      port: 8300,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:8300',
      bcryptCost: 12,
      minAccessTokenSeconds: 60,
      trustedProxies: [],
      production: false,
    });
    expect(config.dataDir).toMatch(/^\/.*latchkey-data$/);
    expect([config.mongodbUri, config.masterKey]).toEqual([undefined, undefined]);
  });

  it('takes the default of a public URL from the port', () => {
    expect(loadConfig({ PORT: '9000' }).publicUrl).toBe('http://localhost:9000');
  });

  it('takes an empty variable for one that is not set', () => {
    expect(loadConfig({ PORT: '', HOST: ' ', LATCHKEY_PUBLIC_URL: '' })).toMatchObject({
      port: 8300,
      host: '127.0.0.1',
    });
  });

  it('reports all wrong settings at once, in words', () => {
    expect(
      problemsOf({
        PORT: '83000',
        LATCHKEY_PUBLIC_URL: 'auth.example.com',
        LOG_LEVEL: 'loud',
        LATCHKEY_BCRYPT_COST: '3',
        LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/33',
      }),
    ).toEqual([
      'PORT: expected a whole number from 0 to 65535, got "83000"',
      'LATCHKEY_PUBLIC_URL: expected an absolute URL, got "auth.example.com"',
      'LATCHKEY_TRUSTED_PROXIES: expected IP addresses or CIDR ranges, separated by commas, got "10.0.0.0/8, 10.0.0.0/33"',
      'LOG_LEVEL: expected one of silent, error, warn, info, debug, got "loud"',
      'LATCHKEY_BCRYPT_COST: expected a whole number from 4 to 15, got "3"',
    ]);
  });

  it('does not blame a setting that was not given for another that is wrong', () => {
    expect(problemsOf({ PORT: 'http' })).toEqual(['PORT: expected a whole number from 0 to 65535, got "http"']);
  });

  it.each(['0x10', '1e3', '-1', '1.5', ' 80 80', '９０'])('refuses %j as a number', (PORT) => {
    expect(problemsOf({ PORT })).toHaveLength(1);
  });

  it('refuses unknown names of ours and says what was meant', () => {
    expect(problemsOf({ LATCHKEY_BCRYPT_COSTS: '4', LATCHKEY_FOO: '1', latchkey_data_dir: '/x', OTHER: '1' })).toEqual([
      'LATCHKEY_BCRYPT_COSTS: there is no such setting, did you mean LATCHKEY_BCRYPT_COST?',
      'LATCHKEY_FOO: there is no such setting',
      'latchkey_data_dir: there is no such setting, did you mean LATCHKEY_DATA_DIR?',
    ]);
  });

  it('wants a public URL when others can reach it', () => {
    expect(problemsOf({ HOST: '0.0.0.0' })).toEqual([
      'LATCHKEY_PUBLIC_URL: must be given when HOST is 0.0.0.0, so that links and tokens name an address that others reach',
    ]);
    expect(problemsOf({ HOST: '0.0.0.0', LATCHKEY_PUBLIC_URL: 'https://auth.example.com' })).toEqual([]);
  });

  it.each(['localhost', '::1', '[::1]', '127.0.0.5'])('takes %s for loopback', (HOST) => {
    expect(problemsOf({ HOST })).toEqual([]);
  });

  it.each(['127.0.0.1:8300', '[::1]:8300', 'http://x', 'a b', '-x'])('refuses %j as a host', (HOST) => {
    expect(problemsOf({ HOST, LATCHKEY_PUBLIC_URL: 'https://auth.example.com' })).toEqual([
      `HOST: expected a host name or an IP address without a port, got "${HOST}"`,
    ]);
  });

  it('cuts what is long out of an error', () => {
    expect(problemsOf({ PORT: '1'.repeat(5000) })[0]?.length).toBeLessThan(200);
  });
});

describe('the public URL', () => {
  it.each([
    ['https://auth.example.com/', 'https://auth.example.com'],
    ['https://auth.example.com/a/b//', 'https://auth.example.com/a/b'],
    ['HTTPS://Auth.Example.com:443/Sub', 'https://auth.example.com/Sub'],
  ])('of %s is %s', (given, kept) => {
    expect(loadConfig({ LATCHKEY_PUBLIC_URL: given }).publicUrl).toBe(kept);
  });

  it.each([
    ['https://ada:pw@auth.example.com', 'expected an absolute URL without a user or password'],
    ['https://auth.example.com/?', 'expected an absolute URL without a query'],
    ['https://auth.example.com/#', 'expected an absolute URL without a fragment'],
    ['ftp://auth.example.com', 'expected an absolute URL that begins with https:// or http://'],
  ])('refuses %s', (LATCHKEY_PUBLIC_URL, why) => {
    const [problem] = problemsOf({ LATCHKEY_PUBLIC_URL });
    expect(problem).toContain(why);
    expect(problem).not.toContain('ada:pw');
  });

  it('decides what production is', () => {
    const production = (url: string) => loadConfig({ LATCHKEY_PUBLIC_URL: url }).production;
    expect(['https://auth.example.com', 'http://10.0.0.1'].map(production)).toEqual([true, true]);
    expect(['http://localhost:1', 'http://[::1]:1', 'https://auth.localhost'].map(production)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('the secrets', () => {
  const MONGODB_URI = 'mongodb://ada:hush@db.example.com/latchkey?replicaSet=rs0';

  it('need a master key with MONGODB_URI', () => {
    expect(problemsOf({ MONGODB_URI })[0]).toContain('LATCHKEY_MASTER_KEY: must be given with MONGODB_URI');
    expect(problemsOf({ MONGODB_URI, LATCHKEY_MASTER_KEY: KEY.toString('hex') })).toEqual([]);
  });

  it.each([KEY.toString('hex'), KEY.toString('base64'), KEY.toString('base64url')])(
    'read the master key %s',
    (text) => {
      expect(loadConfig({ LATCHKEY_MASTER_KEY: text }).masterKey?.export()).toEqual(KEY);
    },
  );

  it.each(['hush', 'x'.repeat(43) + '!!', KEY.subarray(1).toString('hex'), Buffer.alloc(33).toString('base64')])(
    'are not shown when wrong: %s',
    (text) => {
      const problems = problemsOf({ LATCHKEY_MASTER_KEY: text, MONGODB_URI: `http://${text}` });
      expect(problems).toHaveLength(2);
      expect(problems.join('\n')).not.toContain(text);
    },
  );

  it('are not shown when a config is printed', () => {
    const config = loadConfig({ MONGODB_URI, LATCHKEY_MASTER_KEY: KEY.toString('hex') });
    const printed = inspect({ config }, { depth: 9 }) + JSON.stringify({ config });
    expect(printed).not.toMatch(/hush|0707|BwcH/);
    expect(printed).toContain('"mongodbUri":"(secret)"');
  });
});

describe('a config', () => {
  it('gives a changed one, with what is derived from the change', () => {
    const config = loadConfig({}).with({ publicUrl: 'https://auth.example.com' });
    expect(config).toMatchObject({ production: true, port: 8300 });
  });

  it('cannot be changed itself', () => {
    expect(() => Object.assign(loadConfig({}), { port: 1 })).toThrow(TypeError);
  });
});
