import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Document, ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { MAX_TIME_MS } from '../database/database.js';
import { Session } from '../sessions/session.model.js';
import { SigningKey } from '../signing-keys/signing-key.model.js';
import { DeletedUser } from '../users/deleted-user.model.js';
import { User } from '../users/user.model.js';
import type { Revocation } from './app-revocations.js';

/** A revocation as the database has it. */
export interface StoredRevocation {
  appId: string;
  revocation: Revocation;
  revokedAtMs: number;
}

export interface Source {
  collection: string;
  /** An update that writes this field, or an insert where it is in the new document, revokes something. */
  field: string;
  fromInserts: boolean;
}

const AT_ONCE = 1_000;

/** Reads what ended a session, a user or a key out of the records of those. */
@Injectable()
export class RevocationReader {
  readonly sources: readonly (Source & { model: Model<never>; read: (found: Document) => StoredRevocation })[];

  constructor(
    @InjectModel(Session.name) sessions: Model<Session>,
    @InjectModel(User.name) users: Model<User>,
    @InjectModel(DeletedUser.name) deletedUsers: Model<DeletedUser>,
    @InjectModel(SigningKey.name) keys: Model<SigningKey>,
  ) {
    const source = (model: Model<never>, field: string, read: (found: Document) => StoredRevocation) => ({
      collection: model.collection.collectionName,
      field,
      fromInserts: model === (deletedUsers as unknown),
      model,
      read,
    });
    this.sources = [
      source(sessions as unknown as Model<never>, 'endedAt', sessionEnd),
      source(users as unknown as Model<never>, 'revokedAt', userEnd),
      source(deletedUsers as unknown as Model<never>, 'revokedAt', userEnd),
      source(keys as unknown as Model<never>, 'retiredAt', keyEnd),
    ];
  }

  /** Everything that was revoked after `since`. */
  async *all(since: Date): AsyncGenerator<StoredRevocation> {
    for (const { model, field, read } of this.sources) {
      const cursor = model.collection.find({ [field]: { $gt: since } }, { ...fields(field), maxTimeMS: MAX_TIME_MS });
      for await (const found of cursor) yield read(found);
    }
  }

  /** Those of the documents that are still there and tell of a revocation. */
  async some(collection: string, ids: ObjectId[]): Promise<StoredRevocation[]> {
    const { model, field, read } = this.sources.find((source) => source.collection === collection)!;
    const revocations: StoredRevocation[] = [];
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      const filter = { _id: { $in: ids.slice(from, from + AT_ONCE) }, [field]: { $exists: true } };
      const found = await model.collection.find(filter, { ...fields(field), maxTimeMS: MAX_TIME_MS }).toArray();
      revocations.push(...found.map((document) => read(document)));
    }
    return revocations;
  }
}

function fields(field: string): { projection: Document; batchSize: number } {
  return { projection: { app: 1, epoch: 1, kid: 1, [field]: 1 }, batchSize: AT_ONCE };
}

function sessionEnd({ _id, app, endedAt }: Document): StoredRevocation {
  const revocation: Revocation = { kind: 'session', id: (_id as ObjectId).toHexString() };
  return { appId: (app as ObjectId).toHexString(), revocation, revokedAtMs: (endedAt as Date).getTime() };
}

function userEnd({ _id, app, epoch, revokedAt }: Document): StoredRevocation {
  const revocation: Revocation = { kind: 'user', id: (_id as ObjectId).toHexString(), epoch: Number(epoch) };
  return { appId: (app as ObjectId).toHexString(), revocation, revokedAtMs: (revokedAt as Date).getTime() };
}

function keyEnd({ app, kid, retiredAt }: Document): StoredRevocation {
  const revocation: Revocation = { kind: 'key', id: kid as string };
  return { appId: (app as ObjectId).toHexString(), revocation, revokedAtMs: (retiredAt as Date).getTime() };
}
