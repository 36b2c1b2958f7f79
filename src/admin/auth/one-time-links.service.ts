import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type ClientSession } from 'mongodb';
import type { Model } from 'mongoose';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { randomToken, sha256 } from '../../crypto/tokens.js';
import { isDuplicateKey, MAX_TIME_MS } from '../../database/database.js';
import { LinkRefused } from './admin-auth.errors.js';
import { OneTimeLink } from './one-time-link.model.js';
import type { Role } from './roles.js';

export type Purpose = OneTimeLink['purpose'];

/** A link that was just made: the only time that its token is known. */
export interface MadeLink {
  id: ObjectId;
  url: string;
  expiresAt: Date;
}

const LIFE_MS: Record<Purpose, number> = { setup: 86_400_000, invitation: 7 * 86_400_000 };
const LONGEST_TOKEN = 128;

/** Links that are good once. A look does not use them up: mail scanners look. */
@Injectable()
export class OneTimeLinksService {
  constructor(
    @InjectModel(OneTimeLink.name) private readonly links: Model<OneTimeLink>,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** @param invites of an invitation; an earlier one of that address to that group is void from now on */
  async make(
    purpose: Purpose,
    invites?: Required<Pick<OneTimeLink, 'group' | 'email' | 'emailKey' | 'role'>>,
  ): Promise<MadeLink> {
    const token = randomToken();
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + LIFE_MS[purpose]);
    const link = { purpose, tokenHash: sha256(token), ...invites, createdAt: now, expiresAt };
    const id = await this.#store(link);
    return { id, url: `${this.config.publicUrl}/console/${purpose}?token=${token}`, expiresAt };
  }

  /** @throws LinkRefused */
  async look(purpose: Purpose, token: unknown): Promise<OneTimeLink> {
    const found = await this.links.collection.findOne(this.#filter(purpose, token), { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new LinkRefused();
    return found as unknown as OneTimeLink;
  }

  /** Uses it up. @returns what it says now @throws LinkRefused for whoever comes second */
  async claim(purpose: Purpose, token: unknown, transaction: ClientSession): Promise<OneTimeLink> {
    const filter = this.#filter(purpose, token);
    const claimed = await this.links.collection.findOneAndDelete(filter, { session: transaction });
    if (!claimed) throw new LinkRefused();
    return claimed as unknown as OneTimeLink;
  }

  /** As the server is set up: whatever other setup links were made. */
  async removeSetupLinks(transaction: ClientSession): Promise<void> {
    await this.links.collection.deleteMany({ purpose: 'setup' }, { session: transaction });
  }

  async listInvitations(group: ObjectId): Promise<OneTimeLink[]> {
    const filter = { group, purpose: 'invitation', expiresAt: { $gt: this.clock.now() } };
    const options = { maxTimeMS: MAX_TIME_MS, sort: { _id: 1 } } as const;
    return (await this.links.collection.find(filter, options).toArray()) as unknown as OneTimeLink[];
  }

  async findInvitation(group: ObjectId, id: ObjectId): Promise<OneTimeLink | null> {
    const filter = { _id: id, group, purpose: 'invitation', expiresAt: { $gt: this.clock.now() } };
    const found = await this.links.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS });
    return found as unknown as OneTimeLink | null;
  }

  /** @returns false where it is not as it was read any more */
  async changeInvitation({ _id, role }: OneTimeLink, to: Role): Promise<boolean> {
    const options = { maxTimeMS: MAX_TIME_MS };
    const { matchedCount } = await this.links.collection.updateOne({ _id, role }, { $set: { role: to } }, options);
    return matchedCount > 0;
  }

  /** @returns false where it is not as it was read any more */
  async removeInvitation({ _id, role }: OneTimeLink): Promise<boolean> {
    const { deletedCount } = await this.links.collection.deleteOne({ _id, role }, { maxTimeMS: MAX_TIME_MS });
    return deletedCount > 0;
  }

  async #store(link: Omit<OneTimeLink, '_id'>): Promise<ObjectId> {
    const { group, emailKey } = link;
    const options = { upsert: true, returnDocument: 'after', projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS } as const;
    if (!group) return (await this.links.collection.insertOne({ _id: new ObjectId(), ...link })).insertedId;
    for (;;) {
      try {
        const stored = await this.links.collection.findOneAndUpdate({ group, emailKey }, { $set: link }, options);
        return stored!._id;
      } catch (error) {
        // Two upserts at once: the loser finds the winner's record at the second try.
        if (!isDuplicateKey(error)) throw error;
      }
    }
  }

  #filter(purpose: Purpose, token: unknown): { purpose: Purpose; tokenHash: Buffer; expiresAt: { $gt: Date } } {
    if (typeof token !== 'string' || token.length > LONGEST_TOKEN) throw new LinkRefused();
    return { purpose, tokenHash: sha256(token), expiresAt: { $gt: this.clock.now() } };
  }
}
