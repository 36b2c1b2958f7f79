import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import { ServerKeysService } from '../accounts/server-keys.service.js';
import type { App } from '../apps/app.model.js';
import { AppsService } from '../apps/apps.service.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { MasterKey } from '../crypto/sealing.js';
import { bytesOf } from '../database/bytes.js';
import { ChangeFeed } from '../database/change-feed.js';
import { isDuplicateKey, MAX_TIME_MS } from '../database/database.js';
import { FreshCache } from '../database/fresh-cache.js';
import { InvalidParameter, TooManyRequests } from '../errors/errors.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { POLL } from './event-types.js';
import { StreamAlreadyExists, StreamNotFound } from './shared-signals.errors.js';
import { SignalStream, type StreamState } from './signal-stream.model.js';
import { SignalsService } from './signals.service.js';
import type { Delivery, WantedStream } from './stream-request.js';
import { MIN_VERIFICATION_SECONDS, streamView } from './streams.view.js';

/** Members of a stream that only the transmitter says. */
const OURS = ['iss', 'aud', 'events_supported', 'events_delivered', 'min_verification_interval'] as const;

/** The streams of receivers: one for each server key, which the index sees to. */
@Injectable()
export class StreamsService {
  readonly #all: FreshCache<{ streams: SignalStream[] }>;

  constructor(
    @InjectModel(SignalStream.name) private readonly streams: Model<SignalStream>,
    private readonly signals: SignalsService,
    private readonly keys: ServerKeysService,
    private readonly apps: AppsService,
    private readonly masterKey: MasterKey,
    private readonly config: Config,
    private readonly clock: Clock,
    feed: ChangeFeed,
  ) {
    this.#all = new FreshCache(feed, streams.collection.collectionName);
  }

  /** Of all apps; there are few. Asks the database only where one has changed. */
  async listAll(): Promise<SignalStream[]> {
    const known = await this.#all.get('all', async () => {
      const found = await this.streams.collection.find({}, { maxTimeMS: MAX_TIME_MS }).toArray();
      return { streams: found as unknown as SignalStream[] };
    });
    return known!.streams;
  }

  async listOf(app: App, receiver?: ObjectId): Promise<SignalStream[]> {
    const filter = { app: app._id, ...(receiver ? { receiver } : {}) };
    const options = { sort: { _id: 1 }, maxTimeMS: MAX_TIME_MS } as const;
    return (await this.streams.collection.find(filter, options).toArray()) as unknown as SignalStream[];
  }

  /** @throws StreamNotFound */
  async get(app: App, receiver: ObjectId | undefined, id: string): Promise<SignalStream> {
    const filter = { _id: ObjectId.createFromHexString(id), app: app._id, ...(receiver ? { receiver } : {}) };
    const found = await this.streams.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS });
    if (!found) throw new StreamNotFound();
    return found as unknown as SignalStream;
  }

  /** Without a delivery method it is polled. @throws StreamAlreadyExists */
  async create(app: App, receiver: ObjectId, wanted: WantedStream): Promise<SignalStream> {
    const now = this.clock.now();
    const _id = new ObjectId();
    const stream: SignalStream = {
      _id,
      app: app._id,
      receiver,
      ...this.#deliveryFields(_id, wanted.delivery ?? { method: POLL }),
      ...(wanted.description === undefined ? {} : { description: wanted.description }),
      eventsRequested: wanted.eventsRequested ?? [],
      status: 'enabled',
      createdAt: now,
      readTo: now,
    };
    try {
      await this.streams.collection.insertOne(stream);
    } catch (error) {
      throw isDuplicateKey(error) ? new StreamAlreadyExists() : error;
    }
    this.#all.clear();
    return stream;
  }

  /**
   * @param said the body as it came: what only we say must be as it is
   * @param whole whether what is left out is deleted (PUT), or stays (PATCH)
   * @throws InvalidParameter, StreamNotFound
   */
  async change(
    app: App,
    stream: SignalStream,
    wanted: WantedStream,
    said: object,
    whole: boolean,
  ): Promise<SignalStream> {
    this.#checkOurs(app, stream, said);
    const { eventsRequested, description } = wanted;
    const delivery = wanted.delivery ?? (whole ? { method: POLL } : undefined);
    const fields = delivery && this.#deliveryFields(stream._id, delivery);
    const $set = {
      ...fields,
      ...(eventsRequested || whole ? { eventsRequested: eventsRequested ?? [] } : {}),
      ...(description === undefined ? {} : { description }),
    };
    const gone = [
      ...(fields ? (['endpointUrl', 'sealedAuthorization'] as const).filter((name) => !(name in fields)) : []),
      ...(fields ? (['failures', 'problem', 'retryAt'] as const) : []),
      ...(whole && description === undefined ? (['description'] as const) : []),
    ];
    const $unset = Object.fromEntries(gone.map((name) => [name, 1]));
    const change = { ...(isEmpty($set) ? {} : { $set }), ...(isEmpty($unset) ? {} : { $unset }) };
    return isEmpty(change) ? stream : this.#update(app, stream._id, change);
  }

  /**
   * Paused, a stream holds its events; disabled, it drops them, and what happens meanwhile.
   *
   * @param byReceiver where it is our doing, the receiver is told in the stream (§8.1.5)
   * @throws StreamNotFound
   */
  async setStatus(
    app: App,
    stream: SignalStream,
    { status, reason, byReceiver }: { status: StreamState; reason?: string | undefined; byReceiver: boolean },
  ): Promise<SignalStream> {
    const now = this.clock.now();
    const returns = stream.status === 'disabled' && status !== 'disabled';
    const updated = await this.#update(app, stream._id, {
      $set: { status, ...(reason ? { reason } : {}), ...(returns ? { readTo: now } : {}) },
      $unset: { ...(reason ? {} : { reason: 1 }), retryAt: 1, failures: 1, problem: 1 },
    });
    if (status === 'disabled') await this.signals.drop(stream._id);
    if (!byReceiver && status !== stream.status) await this.signals.addStreamUpdated(updated);
    return updated;
  }

  /** @throws TooManyRequests, StreamNotFound */
  async verify(app: App, stream: SignalStream, state: string | undefined): Promise<void> {
    const now = this.clock.now();
    const before = new Date(now.getTime() - MIN_VERIFICATION_SECONDS * 1_000);
    const filter = {
      _id: stream._id,
      app: app._id,
      $or: [{ verifiedAt: { $exists: false } }, { verifiedAt: { $lte: before } }],
    };
    const update = { $set: { verifiedAt: now } };
    const { matchedCount } = await this.streams.collection.updateOne(filter, update, { maxTimeMS: MAX_TIME_MS });
    if (matchedCount === 0)
      throw new TooManyRequests('a verification was asked for just now', MIN_VERIFICATION_SECONDS);
    if (stream.status !== 'disabled') await this.signals.addVerification(stream, state);
  }

  /** @throws StreamNotFound */
  async delete(app: App, stream: SignalStream): Promise<void> {
    const filter = { _id: stream._id, app: app._id };
    const { deletedCount } = await this.streams.collection.deleteOne(filter, { maxTimeMS: MAX_TIME_MS });
    this.#all.clear();
    if (deletedCount === 0) throw new StreamNotFound();
    await this.signals.remove(stream._id);
  }

  /** Streams whose server key is gone. */
  async removeOrphans(): Promise<void> {
    for (const { _id, app: appId, receiver } of await this.listAll()) {
      const app = await this.apps.findById(appId);
      if (app && (await this.keys.exists(app, receiver))) continue;
      await this.streams.collection.deleteOne({ _id }, { maxTimeMS: MAX_TIME_MS });
      this.#all.clear();
      await this.signals.remove(_id);
    }
  }

  /** The `Authorization` header for pushes. */
  authorizationOf({ _id, sealedAuthorization: sealed }: SignalStream): string | undefined {
    return sealed && this.masterKey.open(bytesOf(sealed), authorizationContext(_id)).toString('utf8');
  }

  async #update(app: App, _id: ObjectId, change: object): Promise<SignalStream> {
    const options = { returnDocument: 'after', maxTimeMS: MAX_TIME_MS } as const;
    const found = await this.streams.collection.findOneAndUpdate({ _id, app: app._id }, change, options);
    this.#all.clear();
    if (!found) throw new StreamNotFound();
    return found as unknown as SignalStream;
  }

  #deliveryFields(id: ObjectId, { method, endpointUrl, authorization }: Delivery) {
    return {
      method,
      ...(endpointUrl === undefined ? {} : { endpointUrl }),
      ...(authorization === undefined
        ? {}
        : { sealedAuthorization: this.masterKey.seal(authorization, authorizationContext(id)) }),
    };
  }

  #checkOurs(app: App, stream: SignalStream, said: object): void {
    const expected = streamView(stream, issuerOf(this.config, app));
    for (const name of OURS) {
      const value: unknown = name in said ? (said as Record<string, unknown>)[name] : undefined;
      if (value !== undefined && !isDeepStrictEqual(value, expected[name])) {
        throw new InvalidParameter(`'${name}' is not for the receiver to change`);
      }
    }
  }
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}

/** What the sealed bytes are bound to. */
export function authorizationContext(stream: ObjectId): string {
  return `signalStreams.authorization:${stream.toHexString()}`;
}
