import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../common/clock.js';
import { MasterKey } from '../crypto/sealing.js';
import { bytesOf } from '../database/bytes.js';
import { MAX_TIME_MS } from '../database/database.js';
import type { Letter, Mail } from './mail.js';
import { MailNotFound } from './mail.errors.js';
import { Mailer } from './mailer.js';
import { OutgoingMail, type MailState } from './outgoing-mail.model.js';

/** A mail that is ours to try, for a while. */
export interface Claimed {
  id: ObjectId;
  lease: ObjectId;
  attempts: number;
  mail: Mail;
}

/** Longer than any try takes. A mail whose try was cut off by a crash waits that long. */
const LEASE_MS = 120_000;
const RECORDS_LIVE_MS = 7 * 86_400_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;

/** Mails as the database knows them, from the moment they are written to their end. */
@Injectable()
export class OutboxService {
  constructor(
    @InjectModel(OutgoingMail.name) private readonly mails: Model<OutgoingMail>,
    private readonly mailer: Mailer,
    private readonly masterKey: MasterKey,
    private readonly clock: Clock,
  ) {}

  /** False where mails go nowhere, and are read in the inbox. */
  get delivers(): boolean {
    return this.mailer.delivers;
  }

  /** One that waits about the same thing is withdrawn. */
  async add(app: ObjectId, { topic, expiresAt, mail }: Letter, transaction: ClientSession): Promise<void> {
    await this.withdraw(app, [topic], transaction);
    const _id = new ObjectId();
    const now = this.clock.now();
    const { text, html, from } = mail;
    const body = JSON.stringify({ text, html, from });
    const record: OutgoingMail = {
      _id,
      app,
      topic,
      to: mail.to,
      subject: mail.subject,
      sealedBody: this.masterKey.seal(body, contextOf(app, _id)),
      attempts: 0,
      expiresAt,
      createdAt: now,
      removeAt: new Date(now.getTime() + RECORDS_LIVE_MS),
      ...(this.mailer.delivers ? { state: 'waiting', dueAt: now } : { state: 'kept' }),
    };
    await this.mails.collection.insertOne(record, { session: transaction });
  }

  /** Nobody needs the mails about these any more: what has not been sent is not, and no body stays. */
  async withdraw(app: ObjectId, topics: readonly string[], transaction: ClientSession): Promise<void> {
    const filter = { app, topic: { $in: topics }, sealedBody: { $exists: true } };
    await this.mails.collection.updateMany(filter, this.#done('withdrawn'), { session: transaction });
  }

  /** Nothing is left that says an address was written to, as its owner is deleted. */
  async forget(app: ObjectId, addresses: readonly string[], transaction: ClientSession): Promise<void> {
    if (addresses.length === 0) return;
    await this.mails.collection.deleteMany({ app, to: { $in: addresses } }, { session: transaction });
  }

  /** The next one that is due, for this instance alone until its lease ends. */
  async claim(): Promise<Claimed | undefined> {
    const now = this.clock.now();
    const lease = new ObjectId();
    const claimed = (await this.mails.collection.findOneAndUpdate(
      { dueAt: { $lte: now }, expiresAt: { $gt: now } },
      { $set: { lease, dueAt: new Date(now.getTime() + LEASE_MS) }, $inc: { attempts: 1 } },
      { sort: { dueAt: 1 }, returnDocument: 'after', maxTimeMS: MAX_TIME_MS },
    )) as unknown as OutgoingMail | null;
    if (!claimed) return undefined;
    return { id: claimed._id, lease, attempts: claimed.attempts, mail: this.#open(claimed) };
  }

  /** Its try came to an end that is one. */
  async finish({ id, lease }: Claimed, state: 'sent' | 'refused', problem?: string): Promise<void> {
    const { $set, $unset } = this.#done(state);
    const update = { $set: { ...$set, ...(problem === undefined ? {} : { problem }) }, $unset };
    await this.mails.collection.updateOne({ _id: id, lease }, update, { maxTimeMS: MAX_TIME_MS });
  }

  /** It is tried again, each time after a longer pause. */
  async postpone({ id, lease, attempts }: Claimed, problem: string): Promise<void> {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** Math.min(attempts - 1, 6));
    const dueAt = new Date(this.clock.now().getTime() + pause);
    const update = { $set: { dueAt, problem }, $unset: { lease: 1 } } as const;
    await this.mails.collection.updateOne({ _id: id, lease }, update, { maxTimeMS: MAX_TIME_MS });
  }

  /** Takes away the bodies whose links have ended. */
  async expire(): Promise<void> {
    const filter = { expiresAt: { $lte: this.clock.now() } };
    await this.mails.collection.updateMany(filter, this.#done('expired'), { maxTimeMS: MAX_TIME_MS });
  }

  /** Newest first, of all states. */
  async list(app: ObjectId, page: { after?: ObjectId | undefined; limit: number }): Promise<OutgoingMail[]> {
    return this.#list({ app }, page);
  }

  /** What was written while nothing could be sent, as long as its links are good. */
  async listKept(app: ObjectId, page: { after?: ObjectId | undefined; limit: number }): Promise<OutgoingMail[]> {
    return this.mailer.delivers ? [] : this.#list({ app, ...this.#kept() }, page);
  }

  /** @throws MailNotFound for one that is not in the inbox (any more) */
  async getKept(app: ObjectId, id: ObjectId): Promise<{ record: OutgoingMail; mail: Mail }> {
    const options = { maxTimeMS: MAX_TIME_MS };
    const found = this.mailer.delivers
      ? null
      : await this.mails.collection.findOne({ _id: id, app, ...this.#kept() }, options);
    if (!found) throw new MailNotFound();
    const record = found as unknown as OutgoingMail;
    return { record, mail: this.#open(record) };
  }

  async #list(filter: Document, { after, limit }: { after?: ObjectId | undefined; limit: number }) {
    const before = after ? { _id: { $lt: after } } : {};
    const options = {
      sort: { _id: -1 },
      limit,
      projection: { sealedBody: 0 },
      hint: 'app_1__id_-1',
      maxTimeMS: MAX_TIME_MS,
    } as const;
    const found = await this.mails.collection.find({ ...filter, ...before }, options).toArray();
    return found as unknown as OutgoingMail[];
  }

  #kept() {
    return { state: 'kept', expiresAt: { $gt: this.clock.now() } } as const;
  }

  #open({ _id, app, to, subject, sealedBody }: OutgoingMail): Mail {
    if (!sealedBody) throw new Error('a mail without its body');
    const body = this.masterKey.open(bytesOf(sealedBody), contextOf(app, _id)).toString('utf8');
    return { to, subject, ...(JSON.parse(body) as Pick<Mail, 'text' | 'html' | 'from'>) };
  }

  #done(state: MailState) {
    return {
      $set: { state, doneAt: this.clock.now() },
      $unset: { sealedBody: 1, dueAt: 1, lease: 1, expiresAt: 1 },
    } as const;
  }
}

/** What the sealed bytes are bound to. */
export function contextOf(app: ObjectId, id: ObjectId): string {
  return `mails.body:${app.toHexString()}:${id.toHexString()}`;
}
