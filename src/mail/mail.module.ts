import { Global, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MailService } from './mail.service.js';
import { Mailer } from './mailer.js';
import { MailerRegistry } from './mailer.registry.js';
import { OutboxService } from './outbox.service.js';
import { OutgoingMail, OutgoingMailSchema } from './outgoing-mail.model.js';

@Global()
@Module({
  imports: [MongooseModule.forFeature([{ name: OutgoingMail.name, schema: OutgoingMailSchema }])],
  providers: [MailerRegistry, { provide: Mailer, useExisting: MailerRegistry }, OutboxService, MailService],
  exports: [MailerRegistry, OutboxService, MailService],
})
export class MailModule {}
