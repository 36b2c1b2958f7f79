import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Config } from '../config/config.js';
import { MailService } from './mail.service.js';
import { Mailer, NoMailer } from './mailer.js';
import { OutboxService } from './outbox.service.js';
import { OutgoingMail, OutgoingMailSchema } from './outgoing-mail.model.js';
import { SmtpMailer } from './smtp.mailer.js';

function mailerOf({ smtpUrl, mailFrom }: Config): Mailer {
  return smtpUrl !== undefined && mailFrom !== undefined ? new SmtpMailer(smtpUrl, mailFrom) : new NoMailer();
}

@Global()
@Module({
  imports: [MongooseModule.forFeature([{ name: OutgoingMail.name, schema: OutgoingMailSchema }])],
  providers: [{ provide: Mailer, useFactory: mailerOf, inject: [Config] }, OutboxService, MailService],
  exports: [OutboxService, MailService],
})
export class MailModule {}
