import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { MAX_TIME_MS } from '../../database/database.js';
import { OutboxService } from '../../mail/outbox.service.js';
import { UserpassTokenInvalid } from './local-userpass.errors.js';
import { PasswordReset } from './password-reset.model.js';
import { pairFilter, type StoredPair, type TokenPair } from './token-pair.js';
import { resetTopic } from './userpass-mails.service.js';

/** The tokens of password resets, from when they are made until they are used or void. */
@Injectable()
export class ResetTokensService {
  constructor(
    @InjectModel(PasswordReset.name) private readonly resets: Model<PasswordReset>,
    private readonly outbox: OutboxService,
    private readonly clock: Clock,
  ) {}

  /** An earlier one of the identity is void. */
  async keep(
    app: App,
    of: Pick<PasswordReset, 'identityId' | 'emailKey' | 'isByMail'>,
    stored: StoredPair,
    transaction: ClientSession,
  ): Promise<void> {
    const filter = { app: app._id, identityId: of.identityId };
    // Not an upsert: two of them at once would fail on the index, and end the transaction.
    await this.resets.collection.deleteMany(filter, { session: transaction });
    await this.resets.collection.insertOne(
      { _id: new ObjectId(), app: app._id, ...of, ...stored },
      { session: transaction },
    );
  }

  /** Uses nothing up. @throws UserpassTokenInvalid when it is used, too old or unknown */
  async look(app: App, pair: TokenPair): Promise<PasswordReset> {
    const filter = { app: app._id, ...pairFilter(pair, this.clock.now()) };
    const found = await this.resets.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new UserpassTokenInvalid();
    return found as unknown as PasswordReset;
  }

  /** Uses it up. @throws UserpassTokenInvalid for whoever comes second */
  async spend(app: App, pair: TokenPair, transaction: ClientSession): Promise<PasswordReset> {
    const filter = { app: app._id, ...pairFilter(pair, this.clock.now()) };
    const spent = await this.resets.collection.findOneAndDelete(filter, { session: transaction });
    if (!spent) throw new UserpassTokenInvalid();
    const reset = spent as unknown as PasswordReset;
    await this.outbox.withdraw(app._id, [resetTopic(reset.identityId)], transaction);
    return reset;
  }

  /** The password or the address of these identities changed by other means, or they are gone. */
  async void(app: App, identityIds: readonly string[], transaction: ClientSession): Promise<void> {
    const filter = { app: app._id, identityId: { $in: identityIds } };
    await this.resets.collection.deleteMany(filter, { session: transaction });
    await this.outbox.withdraw(app._id, identityIds.map(resetTopic), transaction);
  }
}
