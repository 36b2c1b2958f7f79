import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Mailer, MailerRegistry, MailRefused, type Mail } from '../../src/index.js';
import { MailService } from '../../src/mail/mail.service.js';
import { makeAdmin } from '../support/admin-client.js';
import { createTestServer, type TestServer } from '../support/create-test-server.js';
import { waitUntil } from '../support/wait.js';

@Injectable()
class PigeonMailer extends Mailer {
  readonly delivers = true;
  readonly carried: Mail[] = [];
  override async send(mail: Mail): Promise<void> {
    if (mail.to.endsWith('.invalid')) throw new MailRefused('no such roof');
    this.carried.push(mail);
  }
}

@Module({ providers: [PigeonMailer] })
class PigeonModule {
  constructor(registry: MailerRegistry, mailer: PigeonMailer) {
    registry.register(mailer);
    expect(() => registry.register(mailer)).toThrow('there is a mailer already: PigeonMailer and PigeonMailer');
  }
}

let server: TestServer;
beforeAll(async () => {
  server = await createTestServer({ modules: [PigeonModule] });
});
afterAll(() => server.stop());

it('a mailer that a module registered carries the mails, and none is kept in the inbox', async () => {
  const app = await server.make.app();
  const admin = await makeAdmin(server);
  const states = async () => {
    const { body } = await admin.get(`${admin.app(app)}/outbox`);
    return (body as unknown as { to: string; state: string }[]).map(({ to, state }) => [to, state]);
  };
  const letters = ['ada@example.com', 'nobody@nowhere.invalid'].map((to) => ({
    topic: to,
    expiresAt: new Date(Date.now() + 60_000),
    mail: { to, subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' },
  }));
  await server.get(MailService).post(app._id, async () => ({ letters, result: undefined }));
  await waitUntil(async () => (await states()).every(([, state]) => state !== 'waiting'));
  expect(new Map((await states()) as [string, string][])).toEqual(
    new Map([
      ['ada@example.com', 'sent'],
      ['nobody@nowhere.invalid', 'refused'],
    ]),
  );
  expect(server.get(PigeonMailer).carried).toMatchObject([{ to: 'ada@example.com', text: 'Hello' }]);
});
