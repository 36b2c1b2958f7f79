import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { Clock } from '../common/clock.js';
import { randomToken, sha256 } from '../crypto/tokens.js';
import { MAX_TIME_MS } from '../database/database.js';
import type { StoredUser } from '../users/users.service.js';
import { MergeTicketInvalid } from './identities.errors.js';
import { MergeTicket } from './merge-ticket.model.js';

const LIVES_MS = 10 * 60_000;
const LONGEST = 128;

/** Proofs of two users at once, good for one merge within ten minutes. */
@Injectable()
export class MergeTicketsService {
  constructor(
    @InjectModel(MergeTicket.name) private readonly tickets: Model<MergeTicket>,
    private readonly clock: Clock,
  ) {}

  /** @returns the ticket, or undefined for users who are not to be merged: disabled ones, and servers */
  async issue(app: App, survivor: ObjectId, other: StoredUser): Promise<string | undefined> {
    if (other.disabled || other.type === 'server') return undefined;
    const ticket = randomToken();
    const expiresAt = new Date(this.clock.now().getTime() + LIVES_MS);
    await this.tickets.collection.insertOne({
      _id: new ObjectId(),
      app: app._id,
      survivor,
      other: other._id,
      epoch: other.epoch,
      ticketHash: sha256(ticket),
      expiresAt,
    });
    return ticket;
  }

  /** Uses nothing up. @throws MergeTicketInvalid when it is used, too old, unknown, or of another survivor */
  async look(app: App, survivor: ObjectId, ticket: string): Promise<MergeTicket> {
    const filter = this.#filter(app, survivor, ticket);
    const found = await this.tickets.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new MergeTicketInvalid();
    return found as unknown as MergeTicket;
  }

  /** Uses it up. @throws MergeTicketInvalid for whoever comes second */
  async spend(app: App, survivor: ObjectId, ticket: string, transaction: ClientSession): Promise<MergeTicket> {
    const filter = this.#filter(app, survivor, ticket);
    const spent = await this.tickets.collection.findOneAndDelete(filter, { session: transaction });
    if (!spent) throw new MergeTicketInvalid();
    return spent as unknown as MergeTicket;
  }

  #filter(app: App, survivor: ObjectId, ticket: string) {
    if (ticket.length > LONGEST) throw new MergeTicketInvalid();
    return { app: app._id, survivor, ticketHash: sha256(ticket), expiresAt: { $gt: this.clock.now() } };
  }
}
