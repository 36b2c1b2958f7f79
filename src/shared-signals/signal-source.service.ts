import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { AppsService } from '../apps/apps.service.js';
import { BoundedMap } from '../common/bounded-map.js';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import { ChangeFeed, type Change } from '../database/change-feed.js';
import { MAX_TIME_MS } from '../database/database.js';
import { issuerOf } from '../signing-keys/issuer.js';
import { EndedSessions, type Ending } from './ended-sessions.js';
import { SESSION_REVOKED } from './event-types.js';
import { SignalStream } from './signal-stream.model.js';
import { SignalsService, type NewSignal } from './signals.service.js';
import { StreamsService } from './streams.service.js';
import { deliveredOf } from './streams.view.js';

/** For what was written late, and clocks of instances that differ. */
const OVERLAP_MS = 60_000;
const GATHER_MS = 50;
const LOOK_EVERY_MS = 30_000;
/** A stream notes how far it has come when there was something, or after so long. */
const NOTE_EVERY_MS = 60_000;
const MAX_REMEMBERED = 50_000;

/**
 * Puts what ended into the streams that want to know it. What ended is read from the database from where each stream has come
 * to, so neither a restart nor a death in between loses an event; and each has a name, so that none is told twice, whichever
 * instance reads it. Apps without a stream cost nothing.
 */
@Injectable()
export class SignalSourceService implements BeforeApplicationShutdown {
  readonly #logger = new Logger(SignalSourceService.name);
  /** What this instance knows to be in a stream: by stream and name. */
  readonly #added = new BoundedMap<string, true>(MAX_REMEMBERED);
  /** So many endings are looked at together. */
  atOnce = 10_000;
  #timer: NodeJS.Timeout | undefined;
  #orphansWanted = false;
  #isStarted = false;
  #wanted = false;
  #round: Promise<void> | undefined;

  constructor(
    @InjectModel(SignalStream.name) private readonly records: Model<SignalStream>,
    private readonly ended: EndedSessions,
    private readonly streams: StreamsService,
    private readonly signals: SignalsService,
    private readonly apps: AppsService,
    private readonly config: Config,
    private readonly clock: Clock,
    feed: ChangeFeed,
  ) {
    const { sessions, users, deletedUsers } = ended.collections;
    const lost = (): void => this.#wake();
    const on = (field: string) => (change: Change) => {
      if (change.kind === 'insert' || (change.fields?.includes(field) ?? false)) this.#wake();
    };
    feed.listen(sessions, { lost, changed: on('endedAt') }, { inserts: false });
    feed.listen(users, { lost, changed: on('revokedAt') }, { inserts: false });
    feed.listen(deletedUsers, { lost, changed: on('revokedAt') });
  }

  /** To be called when the server starts. */
  start(): void {
    this.#isStarted = true;
    this.#timer = setInterval(() => {
      this.#orphansWanted = true;
      this.#wake();
    }, LOOK_EVERY_MS).unref();
    this.#wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStarted = false;
    clearInterval(this.#timer);
    await this.#round;
  }

  /** Resolves when everything that had ended is in its streams. */
  async read(): Promise<void> {
    const streams = (await this.streams.listAll()).filter(
      (stream) => stream.status !== 'disabled' && deliveredOf(stream).includes(SESSION_REVOKED),
    );
    if (streams.length === 0) return;
    const now = this.clock.now();
    const from = Math.min(...streams.map(({ readTo }) => readTo.getTime())) - OVERLAP_MS;
    const apps = [...new Map(streams.map(({ app }) => [app.toHexString(), app])).values()];
    for (let since = new Date(from); ;) {
      const { endings, upTo } = await this.ended.since(apps, since, this.atOnce);
      for (const stream of streams) await this.#addTo(stream, endings, upTo ?? now);
      if (!upTo) return;
      since = upTo;
    }
  }

  async #addTo(stream: SignalStream, endings: readonly Ending[], now: Date): Promise<void> {
    const app = await this.apps.findById(stream.app);
    if (!app) return;
    const issuer = issuerOf(this.config, app);
    const since = Math.max(stream.createdAt.getTime(), stream.readTo.getTime() - OVERLAP_MS);
    const news = endings.filter(
      ({ app: of, at, name }) =>
        of.equals(stream.app) && at.getTime() >= since && !this.#added.peek(keyOf(stream, name)),
    );
    await this.signals.add(news.map((ending) => signalOf(stream, ending, issuer)));
    for (const { name } of news) this.#added.set(keyOf(stream, name), true);
    if (news.length === 0 && now.getTime() - stream.readTo.getTime() < NOTE_EVERY_MS) return;
    const update = { $max: { readTo: now } };
    await this.records.collection.updateOne({ _id: stream._id }, update, { maxTimeMS: MAX_TIME_MS });
  }

  /** What ends at the same time is gathered. */
  #wake(): void {
    if (!this.#isStarted) return;
    this.#wanted = true;
    this.#round ??= this.#rounds().finally(() => (this.#round = undefined));
  }

  async #rounds(): Promise<void> {
    while (this.#wanted && this.#isStarted) {
      await new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS));
      this.#wanted = false;
      try {
        if (this.#orphansWanted) await this.streams.removeOrphans();
        this.#orphansWanted = false;
        await this.read();
      } catch (error) {
        this.#logger.warn(`events wait: ${String(error)}`);
      }
    }
  }
}

/** CAEP 1.0 §3.1: one session, or without a session all of the user. */
function signalOf(stream: SignalStream, { user, session, at, by, name }: Ending, issuer: string): NewSignal {
  const person = { format: 'iss_sub', iss: issuer, sub: user };
  const subject =
    session === undefined ? person : { format: 'complex', user: person, session: { format: 'opaque', id: session } };
  const payload = {
    event_timestamp: Math.floor(at.getTime() / 1_000),
    ...(by === undefined ? {} : { initiating_entity: by }),
  };
  return { stream, name, type: SESSION_REVOKED, subject, payload, at };
}

function keyOf({ _id }: SignalStream, name: string): string {
  return `${_id.toHexString()}:${name}`;
}
