import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { t } from '../../admin-ui/strings.js';
// The description of the API asks for these when it is asked for, which is too late where modules were loaded by a test.
import '../../src/openapi/components.js';
import '../../src/openapi/operations/index.js';
import { AdminSetupService } from '../../src/admin/auth/admin-setup.service.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import {
  accessibilityProblems,
  bringAxe,
  COLOUR_RULES,
  layoutProblems,
  layoutShifts,
  openBrowser,
  watchLayoutShifts,
} from '../support/browser.js';
import { addressesOf, harmIn, pagesOf, pathOf, shapeOf } from '../support/console-pages.js';
import { makeStage, NASTY, PASSWORD, type Stage } from '../support/console-stage.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { serve, type Loopback } from '../support/loopback.js';
import { PlainBrowser, type SeenPage, type SentForm } from '../support/plain-browser.js';
import { linkIn } from '../support/smtp.js';

/** Nothing looks other at the widths between and beyond but for its place. */
const COLOURS_AT: Record<number, ('light' | 'dark')[]> = { 1280: ['light', 'dark'], 320: ['dark', 'light'] };
const OWNER = { email: 'owner@example.com', password: 'a long password' };

let server: TestServer;
let idp: IdentityProvider;
let shop: Loopback;
let browser: Browser;
let plain: PlainBrowser;
let admin: AdminClient;
let stage: Stage;

beforeAll(async () => {
  [server, idp, browser] = await Promise.all([createTestServer(), IdentityProvider.start(), openBrowser()]);
  shop = await serve((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<main>the shop</main>');
  });
  plain = await PlainBrowser.open(browser, server);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await idp?.stop();
  await shop?.stop();
});

/** The one-time link of the newest mail. */
async function lastLink(): Promise<string> {
  const inbox = `${admin.app(stage.app)}/inbox`;
  const [newest] = (await admin.get(inbox)).body as unknown as { _id: string }[];
  const { body } = await admin.get(`${inbox}/${newest!._id}`);
  return linkIn(body as { text?: string; html?: string }).href.replace(server.publicUrl, '');
}

const appPath = (): string => pathOf(stage.app);

describe('the console without JavaScript', () => {
  const send = (form: SentForm): Promise<void> => plain.send(form);

  it('is set up, left, and entered', async () => {
    const { url } = (await server.get(AdminSetupService).makeLink())!;
    const on = url.replace(server.publicUrl, '');
    const wrong = { ...OWNER, again: 'something else' };
    await send({ on, fill: wrong, says: 'not the same' });
    await send({ fill: { ...OWNER, again: OWNER.password }, says: t.dashboard.next });
    await send({ to: '/logout', says: t.login.loggedOut });
    await send({ to: '/login', fill: { ...OWNER, password: 'wrong' }, says: t.login.wrong });
    await send({ to: '/login', fill: OWNER, says: t.dashboard.next });
    admin = await makeAdmin(server);
    stage = await makeStage(server, admin, { issuer: idp.issuer, done: `${shop.url}/done` });
  }, 60_000);

  it('takes a second factor, and a new password', async () => {
    const account = '/console/account';
    await send({ on: account, to: '/totp', says: t.account.scan });
    const secret = Secret.fromBase32(await plain.page.locator('#secret').inputValue());
    const totp = new TOTP({ secret }).generate();
    await send({ to: '/totp/confirm', fill: { totp: '12345' }, says: t.account.scan });
    await send({ to: '/totp/confirm', fill: { totp }, says: t.account.recovery });
    const recovery = (await plain.page.locator('main pre').innerText()).split('\n');
    await send({ to: '/logout', says: t.login.loggedOut });
    await send({ to: '/login', fill: OWNER, says: t.login.codeNeeded });
    await send({ to: '/login', fill: { ...OWNER, totp: '000000' }, says: t.login.codeWrong });
    await send({ to: '/login', fill: { ...OWNER, totp: recovery[0]! }, says: t.dashboard.next });
    await send({ on: account, to: '/totp/codes', fill: { password: 'wrong' }, says: t.account.renewCodes });
    await send({ to: '/totp/codes', fill: { password: OWNER.password }, says: t.account.newCodesTitle });
    const renewed = (await plain.page.locator('main pre').innerText()).split('\n');
    await send({ on: account, to: '/totp/off', fill: { totp: '1' }, says: t.account.turnOff });
    await send({ to: '/totp/off', fill: { totp: renewed[0]! }, says: t.account.turnedOff });
    const password = 'another long password';
    const change = { old: 'wrong', new: password, again: password };
    await send({ to: '/password', fill: change, says: t.account.wrongPassword });
    await send({ to: '/password', fill: { ...change, old: OWNER.password }, says: t.account.passwordChanged });
    for (const to of [/\/account\/sessions\/\w+$/, '/account/sessions']) {
      const { email: username } = OWNER;
      for (let i = 0; i < 2; i += 1) await admin.login('local-userpass', { username, password });
      await send({ on: account, to, says: to === '/account/sessions' ? t.account.othersEnded : t.account.ended });
    }
  }, 60_000);

  it('does everything that is done to users', async () => {
    const users = `${appPath()}/users`;
    const [ada, anonymous] = [`${users}/${stage.ada}`, `${users}/${stage.anonymous}`];
    const made = { email: 'new@example.com', password: PASSWORD };
    await send({
      on: `${users}/new`,
      to: '/users/new',
      fill: { ...made, password: 'abcdef' },
      says: t.newUser.done(made.email),
    });
    await send({ on: `${users}/new`, to: '/users/new', fill: made, says: 'in use' });
    const guest = 'guest@example.com';
    await send({ on: `${users}/new`, to: '/users/invite', fill: { email: guest }, says: t.newUser.invited(guest) });
    const select = { [`id:${stage.ada}`]: 'on', [`id:${stage.mallory}`]: 'on' };
    for (const button of ['logout', 'disable', 'enable']) {
      await send({ on: users, to: '/bulk', fill: select, button, says: t.users.bulkDone(2, 2) });
    }
    await send({ on: users, to: '/bulk', button: 'logout', says: t.users.noneSelected });
    await send({ on: users, to: '/bulk/all', button: 'enable', says: t.jobs.by });
    await send({ on: `${users}/jobs/${stage.job}`, to: '/stop', says: t.jobs.stopped });
    await server.client(stage.app).login('local-userpass', { username: 'ada@example.com', password: PASSWORD });

    await send({ on: ada, to: /\/sessions\/\w+$/, says: t.user.ended });
    await send({ to: `/keys/${stage.key}/delete`, says: t.user.keyDeleted });
    await send({ to: '/custom_data', fill: { json: '{"a": ' }, says: t.user.notJson });
    await send({ to: '/custom_data', fill: { json: '{"plan": "pro"}' }, says: t.user.saved });
    await send({ to: '/password', fill: { password: 'another one' }, says: t.user.passwordSet });
    await send({ to: '/reset', says: t.user.resetSent });
    await send({ to: '/email', fill: { email: 'countess@example.com' }, says: t.user.emailChanged });
    await send({ to: '/identities/link', fill: { provider: 'oidc', subject: 'ada' }, says: t.user.identityAdded });
    await send({ to: '/revoke', says: t.user.revoked });
    await send({ to: '/disable', says: t.user.disabledDone });
    await send({ to: '/enable', says: t.user.enabledDone });
    await send({
      on: anonymous,
      to: '/email/add',
      fill: { ...made, email: 'named@example.com' },
      says: t.user.identityAdded,
    });
    await send({ to: '/identities', says: t.user.removed });
    await send({ on: ada, to: '/merge', fill: { other: stage.anonymous }, typed: 'no', says: t.confirm.notTyped });
    await send({
      on: ada,
      to: '/merge',
      fill: { other: stage.anonymous },
      typed: stage.anonymous,
      says: t.user.merged,
    });
    await send({ on: ada, to: '/delete', typed: stage.ada, says: 'is deleted' });
  }, 90_000);

  it('does everything that is done to an app', async () => {
    const app = appPath();
    await send({ on: app, to: '/try', fill: { way: 'anon-user' }, says: t.dashboard.tried });
    await send({
      to: '/try',
      fill: { way: 'local-userpass', email: 'x@example.com', password: 'x' },
      says: t.login.wrong,
    });
    const pending = `${app}/pending`;
    await send({ on: pending, to: '/resend', says: 'is on its way again' });
    await send({ on: pending, to: '/confirm', says: 'can log in now' });
    await send({ to: '/delete', says: t.pending.deleted });

    await send({ on: `${app}/keys`, to: '/keys', fill: { name: 'two words' }, says: t.keys.create });
    await send({ to: '/keys', fill: { name: 'deploy' }, says: t.shownOnce.text });
    await send({ on: `${app}/keys`, to: '/disable', says: t.keys.disabledDone });
    await send({ to: '/enable', says: t.keys.enabledDone });
    await send({ to: '/delete', typed: 'billing', says: t.keys.deleted });

    const value = 'hush';
    await send({
      on: `${app}/secrets`,
      to: '/secrets',
      fill: { name: 'second', value },
      says: t.secrets.created('second'),
    });
    await send({ to: '/secrets', fill: { name: 'two words', value }, says: t.secrets.create });
    await send({ on: `${app}/secrets`, to: /\/secrets\/\w+$/, fill: { value }, says: t.secrets.replaced });
    await send({ to: '/delete', says: t.secrets.deleted });

    const functions = `${app}/functions`;
    const call = { name: 'whoIs', url: 'https://hooks.example.com/who', secret: 'client-secret' };
    await send({ on: functions, to: '/functions', fill: { ...call, name: '1' }, says: t.functions.create });
    await send({ on: functions, to: '/functions', fill: call, says: t.functions.created('whoIs') });
    await plain.page.getByRole('link', { name: 'whoIs' }).click();
    await plain.page.getByRole('heading', { name: 'whoIs' }).waitFor();
    const one = new URL(plain.page.url()).pathname;
    await send({ on: one, to: one, fill: { ...call, url: 'https://x.example' }, says: t.functions.saved('whoIs') });
    await send({ on: one, to: `${one}/delete`, says: t.functions.deleted('whoIs') });
    await send({ on: functions, to: '/functions', fill: call, says: t.functions.created('whoIs') });

    const texts = `${app}/mails/texts`;
    await send({ on: texts, to: '/texts', button: 'preview', fill: { subject: 'Hello you' }, says: 'Hello you' });
    await send({ to: '/texts', button: 'test', says: 'is on its way' });
    await send({ to: '/texts', button: 'save', fill: { subject: 'Hello' }, says: t.mailTexts.saved });
    await send({ to: '/sender', fill: { sender: 'nobody' }, says: t.mailTexts.saveSender });
    await send({ to: '/sender', fill: { sender: 'Shop <shop@example.com>' }, says: t.mailTexts.senderSaved });

    await send({ on: `${app}/signing`, to: '/rotate', says: t.signing.rotated });
    const kid = await plain.page.locator('main td code').last().innerText();
    await send({ to: `${kid}/retire`, typed: kid, says: t.signing.retired });
    const settings = `${app}/settings`;
    await send({ on: settings, to: '/tokens', fill: { access: '1' }, says: t.settings.save });
    await send({ on: settings, to: '/tokens', fill: { access: '600' }, says: t.settings.saved });
    await send({ to: '/sessions', fill: { idle: '7200' }, says: t.settings.saved });
    await send({ to: '/linking', fill: { byEmail: 'on' }, says: t.settings.saved });
    await send({ to: '/passwords', fill: { length: '8', common: 'on' }, says: t.settings.saved });
    await send({ to: '/anonymous', fill: { expiry: '30' }, says: t.settings.saved });
    await send({ to: '/origins', fill: { origins: 'nonsense' }, says: 'nonsense' });
    await send({ to: '/origins', fill: { origins: 'https://shop.example' }, says: t.settings.originsSaved });
    await send({ to: '/custom_data', fill: { enabled: 'on' }, says: t.settings.dataSaved });
    await send({ to: '/addresses', fill: { address: '10.0.0.0/99' }, says: '10.0.0.0/99' });
    const fill = { address: '10.0.0.0/8', comment: NASTY.slice(0, 200) };
    await send({ on: settings, to: '/addresses', fill, says: t.settings.added });
    await plain.follow(fill.address, t.settings.editTitle);
    await send({ fill: { address: '10.1.0.0/16' }, to: /\/addresses\/\w+$/, says: t.settings.edited });
    await plain.follow('10.1.0.0/16', t.settings.editTitle);
    await send({ to: '/remove', says: t.settings.removed });
    await send({ to: '/addresses', fill, says: t.settings.added });
  }, 90_000);

  it('turns, makes, tests and deletes providers', async () => {
    const providers = `${appPath()}/providers`;
    await send({ on: providers, to: '/off', says: 'is off' });
    await send({ to: '/on', says: 'is on' });
    const custom = { 'set:config.signingAlgorithm': 'HS256', 'set:secret_config.signingKeys': 'client-secret' };
    const form = `${providers}/new/custom-token`;
    await send({ on: form, to: '/custom-token', fill: { ...custom, 'set:metadata_fields': '[{' }, says: 'is no JSON' });
    await send({
      to: '/custom-token',
      fill: { ...custom, 'set:metadata_fields': '' },
      says: t.providers.created('custom-token'),
    });
    await plain.follow('custom-token', t.providers.testHelp);
    const id = new URL(plain.page.url()).pathname;
    await send({ to: `${id}/test`, says: t.providers.test });
    await send({ to: id, fill: { 'set:config.audience': 'shop' }, says: t.providers.saved('custom-token') });
    await send({ on: providers, to: `${id}/off`, says: 'is off' });
    await send({ to: `${id}/delete`, typed: 'no', says: t.confirm.notTyped });
    await send({ on: providers, to: `${id}/delete`, typed: 'custom-token', says: t.providers.deleted('custom-token') });
    idp.claims = { sub: 'ada', name: NASTY.slice(0, 2_000) };
    await plain.open(providers);
    await plain.follow('oidc', t.providers.testLoginHelp);
    await send({ to: '/login', says: t.trial.intro });
    await plain.follow(t.trial.leave(new URL(idp.issuer).host), t.trial.worked);
  }, 60_000);

  it('makes and deletes apps, administrators and their keys', async () => {
    await send({ on: '/console/apps', to: '/apps', fill: { name: '1 wrong' }, says: '1 wrong' });
    await send({ to: '/apps', fill: { name: 'short-lived' }, says: t.apps.createdText('short-lived') });
    const id = await plain.page.locator('main dd code').first().innerText();
    await send({ on: `${new URL(plain.page.url()).pathname}/settings`, to: '/delete', typed: id, says: 'is deleted' });

    const administrators = '/console/administrators';
    await send({
      on: administrators,
      to: '/administrators',
      fill: { email: `nobody@${'long.'.repeat(30)}example` },
      says: t.administrators.inviteButton,
    });
    const email = 'help@example.com';
    await send({ on: administrators, to: '/administrators', fill: { email }, says: t.administrators.link(email) });
    const invitation = (await plain.page.locator('#shown-once').inputValue()).replace(server.publicUrl, '');
    await send({ to: '/administrators/keys', fill: { name: 'deploy' }, says: t.shownOnce.text });
    await send({ on: administrators, to: /\/keys\/\w+\/delete$/, says: t.administrators.keyDeleted });
    const locked = await makeAdmin(server, 'GROUP_SUPPORT');
    const { body } = await locked.post('/auth/totp', {});
    await locked.post('/auth/totp', {
      totp: new TOTP({ secret: Secret.fromBase32(String(body['secret'])) }).generate(),
    });
    await send({ on: administrators, to: `${locked.account.id}/factor`, says: t.administrators.factorReset });
    const visitor = await PlainBrowser.open(browser, server);
    const password = { password: 'a long password', again: 'a long password' };
    await visitor.send({ on: invitation, fill: { ...password, again: 'something else' }, says: 'not the same' });
    await visitor.send({ fill: password, says: 'is an administrator now' });
    await visitor.open(invitation);
    await keep(visitor);
    const members = (await admin.get(`${admin.group}/administrators`)).body as unknown as {
      _id: string;
      email: string;
    }[];
    const help = members.find((one) => one.email === email)!._id;
    await send({ on: administrators, to: help, fill: { role: 'GROUP_READ_ONLY' }, says: t.administrators.changed });
    await send({ to: `${help}/remove`, says: t.administrators.removed });
  }, 60_000);

  it('lets people use what their mails and apps lead to', async () => {
    const visitor = await PlainBrowser.open(browser, server);
    const { app } = stage;
    const client = server.client(app);
    const [email, again] = ['late@example.com', 'secret words'];
    await client.register({ email, password: PASSWORD });
    await visitor.send({ on: await lastLink(), says: 'The address is confirmed' });
    await client.login('local-userpass', { username: email, password: PASSWORD });
    await client.request('POST', `${client.appPath}/auth/providers/local-userpass/reset/send`, { body: { email } });
    const reset = await lastLink();
    await visitor.send({ on: reset, fill: { password: again, again: 'other' }, says: 'not the same' });
    await visitor.send({ fill: { password: again, again }, says: 'The password is set' });
    await visitor.open(reset);
    await admin.post(`${admin.app(app)}/users/invite`, { email: 'invited@example.com' });
    await visitor.send({ on: await lastLink(), fill: { password: again, again }, says: 'You have an account' });
    await visitor.send({ on: stage.linkPath, says: 'the shop' });
    await visitor.open(stage.linkPath);
    await keep(visitor);
  }, 60_000);

  it('did everything that there is a form for', async () => {
    expect([...plain.sent].filter((route) => route.startsWith('POST ?'))).toEqual([]);
    expect(pagesOf(server, 'POST').filter((route) => !plain.sent.has(route))).toEqual([]);
  });
});

/** What somebody else saw and did counts too. */
async function keep(visitor: PlainBrowser): Promise<void> {
  plain.seen.push(...visitor.seen);
  for (const route of visitor.sent) plain.sent.add(route);
  await visitor.page.context().close();
}

describe('every page of the console', () => {
  const different = new Map<string, SeenPage>();
  let page: Page;

  beforeAll(async () => {
    for (const path of await addressesOf({ server, admin, stage })) await plain.open(path);
    for (const seen of plain.seen.sort((a, b) => a.body.length - b.body.length)) different.set(shapeOf(seen), seen);
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await watchLayoutShifts(page);
    await bringAxe(page);
  }, 90_000);

  it('was opened', () => {
    const shown = plain.seen.filter(({ route, status }) => status === 200 || route.endsWith('*'));
    const opened = new Set(shown.map(({ route }) => route));
    // It leads on to the first app.
    opened.add('GET /console');
    expect(pagesOf(server, 'GET').filter((route) => !opened.has(route))).toEqual([]);
  });

  it('is small, and shows as text what came from users', () => {
    expect(plain.seen.filter(({ body }) => body.length > 100_000).map(({ url }) => url)).toEqual([]);
    const marked = plain.seen.filter(({ body }) => /<script(?! src="[^"]+console\.js")|<img|<b>/.test(body));
    expect(marked.map(({ url }) => url)).toEqual([]);
    const nasty = plain.seen.filter(({ body }) => body.includes('&lt;script>')).map(({ route }) => route);
    const ofApp = ['users', 'users/:id', 'pending', 'mails'];
    const routes = ofApp.map((path) => `GET /console/groups/:groupId/apps/:appId/${path}`);
    expect(routes.filter((route) => !nasty.includes(route))).toEqual([]);
  });

  it('reads well, in light and dark, narrow and wide, and stays where it is', async () => {
    const problems: string[] = [];
    let current: SeenPage;
    await page.route('**/*', (route) =>
      route.request().isNavigationRequest()
        ? route.fulfill({ status: current.status, headers: current.headers, body: current.body })
        : route.continue(),
    );
    for (current of different.values()) {
      const { url, route } = current;
      const check = async (how: string, found: Promise<string[]>): Promise<void> => {
        problems.push(...(await found).map((one) => `${route} ${how}: ${one}`));
      };
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(url);
      await check('moves', layoutShifts(page));
      await check('has', harmIn(page));
      await page.evaluate('for (const one of document.querySelectorAll("main details")) one.open = true');
      for (const width of [1280, 320, 640, 2560]) {
        await page.setViewportSize({ width, height: 900 });
        await check(`at ${width} px`, layoutProblems(page));
        for (const colorScheme of COLOURS_AT[width] ?? []) {
          await page.emulateMedia({ colorScheme });
          const rules = colorScheme === 'dark' ? COLOUR_RULES : undefined;
          await check(`at ${width} px, ${colorScheme}`, accessibilityProblems(page, rules));
        }
      }
    }
    expect(problems).toEqual([]);
  }, 300_000);
});
