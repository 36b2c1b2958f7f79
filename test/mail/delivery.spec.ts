import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import type { App } from '../../src/apps/app.model.js';
import type { Letter } from '../../src/mail/mail.js';
import { MailService } from '../../src/mail/mail.service.js';
import { OutboxService } from '../../src/mail/outbox.service.js';
import { Database } from '../../src/database/database.js';
import { makeAdmin, type AdminClient } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { TestSmtp } from '../support/smtp.js';
import { waitUntil } from '../support/wait.js';

const clock = new FakeClock();
let smtp: TestSmtp;
let server: TestServer;
let admin: AdminClient;
let app: App;

beforeAll(async () => {
  smtp = await TestSmtp.start();
  server = await createTestServer({ clock, env: smtp.env });
});
afterAll(async () => {
  await server.stop();
  await smtp.stop();
});
beforeEach(async () => {
  admin = await makeAdmin(server);
  app = await server.make.app();
});
afterEach(() => {
  smtp.received.length = 0;
  smtp.refusals.length = 0;
});

function letter(wanted: Partial<Letter & Letter['mail']> = {}): Letter {
  const {
    topic = 'test:1',
    to = 'ada@example.com',
    subject = 'Grüße',
    text = 'https://x.example/?token=secret',
  } = wanted;
  const expiresAt = wanted.expiresAt ?? new Date(clock.now().getTime() + 1_800_000);
  return { topic, expiresAt, mail: { to, subject, text, html: `<p>${text}</p>` } };
}

const post = (...letters: Letter[]) =>
  server.get(MailService).post(app._id, async () => ({ letters, result: undefined }));
const deliver = () => server.get(MailService).deliverDue();
const outbox = async () =>
  (await admin.get(`${admin.app(app)}/outbox`)).body as unknown as { _id: string; state: string; attempts: number }[];
const states = async () => (await outbox()).map(({ state }) => state);
const stored = (of: TestServer = server) =>
  of
    .get<Connection>(getConnectionToken() as never)
    .collection('mails')
    .find({ app: app._id })
    .toArray();

describe('a mail', () => {
  it('is delivered to the one recipient, and its body deleted', async () => {
    await post(letter());
    await waitUntil(async () => (await states())[0] === 'sent');
    const [mail] = smtp.received;
    expect(smtp.received).toHaveLength(1);
    expect(mail).toMatchObject({ subject: 'Grüße', recipients: ['ada@example.com'] });
    expect(mail!.from).toEqual({ name: 'Shop', address: 'no-reply@shop.example' });
    expect(mail!.text!.trim()).toBe('https://x.example/?token=secret');
    const [record] = await stored();
    expect(record).not.toHaveProperty('sealedBody');
    expect(record).not.toHaveProperty('dueAt');
  });

  it('goes to nobody else whatever the address looks like (C12)', async () => {
    await post(letter({ to: 'a@example.com,evil@example.com', topic: 'x' }));
    await deliver();
    expect(smtp.received.flatMap(({ recipients }) => recipients)).not.toContain('evil@example.com');
  });

  it('is not written where the transaction fails', async () => {
    const failing = server.get(MailService).post(app._id, async (transaction) => {
      await server.get(OutboxService).add(app._id, letter(), transaction);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await outbox()).toEqual([]);
  });

  it('waits, sealed, while the server defers it, longer each time', async () => {
    smtp.refusals.push(450, 450);
    await post(letter());
    await waitUntil(async () => (await outbox())[0]!.attempts === 1 && smtp.refusals.length === 1);
    await waitUntil(async () => (await stored())[0]!['lease'] === undefined);
    const [record] = await stored();
    expect(record).toMatchObject({ state: 'waiting', problem: 'EENVELOPE 450' });
    expect(JSON.stringify(record)).not.toContain('secret');
    await deliver();
    expect((await outbox())[0]!.attempts).toBe(1);
    clock.advance(6);
    await deliver();
    expect((await outbox())[0]!.attempts).toBe(2);
    clock.advance(6);
    await deliver();
    expect((await outbox())[0]!.attempts).toBe(2);
    clock.advance(15);
    await deliver();
    expect(await states()).toEqual(['sent']);
    expect(smtp.received).toHaveLength(1);
  });

  it('is given up where it is refused for good', async () => {
    smtp.refusals.push(550);
    await post(letter());
    await waitUntil(async () => (await states())[0] === 'refused');
    expect((await stored())[0]).not.toHaveProperty('sealedBody');
    expect((await outbox())[0]).toMatchObject({ problem: 'EENVELOPE 550', to: 'ada@example.com' });
  });

  it('is given up when its link ends', async () => {
    smtp.refusals.push(450);
    await post(letter());
    await waitUntil(async () => (await stored())[0]!['lease'] === undefined && smtp.refusals.length === 0);
    clock.advance(1_801);
    admin = await makeAdmin(server);
    await deliver();
    expect(await states()).toEqual(['expired']);
    expect((await stored())[0]).not.toHaveProperty('sealedBody');
    expect(smtp.received).toEqual([]);
  });

  it('gives way to a newer one about the same', async () => {
    smtp.refusals.push(450);
    await post(letter({ text: 'https://x.example/old' }));
    await waitUntil(async () => (await stored())[0]!['lease'] === undefined && smtp.refusals.length === 0);
    await post(letter({ text: 'https://x.example/new' }), letter({ topic: 'other', text: 'https://x.example/other' }));
    await waitUntil(async () => (await states()).filter((state) => state === 'sent').length === 2);
    clock.advance(60);
    await deliver();
    expect((await states()).sort()).toEqual(['sent', 'sent', 'withdrawn']);
    expect(smtp.received.map(({ text }) => text!.trim()).sort()).toEqual([
      'https://x.example/new',
      'https://x.example/other',
    ]);
  });

  it('is delivered once by two instances that look at the same time', async () => {
    const second = await createTestServer({ clock, env: smtp.env, sharing: server });
    const letters = Array.from({ length: 12 }, (_, i) => letter({ topic: `t:${i}`, to: `user${i}@example.com` }));
    await server.get(Database).transaction(async (transaction) => {
      for (const each of letters) await server.get(OutboxService).add(app._id, each, transaction);
    });
    await Promise.all([deliver(), second.get(MailService).deliverDue(), deliver()]);
    await waitUntil(async () => (await states()).every((state) => state === 'sent'));
    expect(smtp.received.flatMap(({ recipients }) => recipients).sort()).toEqual(
      letters.map(({ mail }) => mail.to).sort(),
    );
    await second.stop();
  });
});

describe('an SMTP server that is away', () => {
  it('gets what waited as it comes back, from the next start of the server', async () => {
    const port = await closedPort();
    const env = { ...smtp.env, LATCHKEY_SMTP_URL: `smtp://127.0.0.1:${port}` };
    const first = await createTestServer({ clock, env, sharing: server });
    await first.get(MailService).post(app._id, async () => ({ letters: [letter()], result: undefined }));
    await waitUntil(async () => (await stored())[0]!['problem'] !== undefined);
    await first.stop();
    expect(await states()).toEqual(['waiting']);
    const back = await TestSmtp.start(port);
    clock.advance(6);
    const again = await createTestServer({ clock, env, sharing: server });
    // By either instance: the other one looks at what is due, too.
    await waitUntil(async () => (await states())[0] === 'sent');
    expect([...back.received, ...smtp.received]).toHaveLength(1);
    await again.stop();
    await back.stop();
  });
});

describe('without an SMTP server', () => {
  let bare: TestServer;
  beforeAll(async () => {
    bare = await createTestServer({ clock, sharing: server });
  });
  afterAll(() => bare.stop());
  const keep = () => bare.get(MailService).post(app._id, async () => ({ letters: [letter()], result: undefined }));
  const read = async (role: 'GROUP_ADMIN' | 'GROUP_SUPPORT' | 'GROUP_READ_ONLY', path: string) =>
    (await makeAdmin(bare, role)).get(`${admin.app(app)}/${path}`);

  it('administrators read it, until its link ends', async () => {
    await keep();
    const listed = (await read('GROUP_ADMIN', 'inbox')).body as unknown as { _id: string }[];
    expect(listed).toEqual([expect.objectContaining({ to: 'ada@example.com', state: 'kept' })]);
    expect(JSON.stringify(listed)).not.toContain('secret');
    const path = `inbox/${listed[0]!._id}`;
    expect((await read('GROUP_ADMIN', path)).body).toMatchObject({ subject: 'Grüße', text: letter().mail.text });
    const other = await server.make.app();
    const foreign = await (await makeAdmin(bare)).get(`${admin.app(other)}/${path}`);
    expect([foreign.status, foreign.body.error_code]).toEqual([404, 'MailNotFound']);
    clock.advance(1_801);
    expect((await read('GROUP_ADMIN', path)).body.error_code).toBe('MailNotFound');
    expect((await read('GROUP_ADMIN', 'inbox')).text).toBe('[]');
    await bare.get(MailService).deliverDue();
    expect((await stored(bare))[0]).not.toHaveProperty('sealedBody');
  });

  it('nobody else does, and an SMTP server closes it', async () => {
    await keep();
    const [mail] = (await read('GROUP_ADMIN', 'inbox')).body as unknown as { _id: string }[];
    for (const role of ['GROUP_SUPPORT', 'GROUP_READ_ONLY'] as const) {
      for (const path of ['inbox', `inbox/${mail!._id}`]) expect((await read(role, path)).status).toBe(403);
      expect((await read(role, 'outbox')).body).toHaveLength(1);
    }
    expect((await read('GROUP_ADMIN', 'inbox/x')).status).toBe(400);
    expect((await admin.get(`${admin.app(app)}/inbox`)).text).toBe('[]');
    expect((await admin.get(`${admin.app(app)}/inbox/${mail!._id}`)).status).toBe(404);
  });
});

async function closedPort(): Promise<number> {
  const probe = await TestSmtp.start();
  await probe.stop();
  return probe.port;
}
