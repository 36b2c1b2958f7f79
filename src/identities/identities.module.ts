import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { UsersModule } from '../users/users.module.js';
import { IdentitiesService } from './identities.service.js';
import { MergeTicket, MergeTicketSchema } from './merge-ticket.model.js';
import { MergeTicketsService } from './merge-tickets.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: MergeTicket.name, schema: MergeTicketSchema }]), UsersModule],
  providers: [IdentitiesService, MergeTicketsService],
  exports: [IdentitiesService, MergeTicketsService],
})
export class IdentitiesModule {}
