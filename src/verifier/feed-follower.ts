import { setTimeout as sleep } from 'node:timers/promises';
import { eventsIn } from './event-stream.js';
import { FeedReader, type FeedMessage } from './feed-message.js';
import type { KeySet } from './key-set.js';
import type { Settings } from './options.js';
import type { RevocationList } from './revocation-list.js';

/** The server shows each second that it lives. */
const SILENCE_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** So many streams that brought nothing, and long polls are tried for a while. */
const DEAD_STREAMS = 3;
const POLLS_AFTER_DEAD_STREAMS = 10;
const LONGEST_POLL_SECONDS = 20;
/** Clocks of a service's instances differ by less. */
const CLOCK_STEP_SECONDS = 60;

/** Follows the feed of an app in the background, for ever: what fails is tried again from where it was. */
export class FeedFollower {
  readonly #ended = new AbortController();
  readonly #reader: FeedReader;
  #position = 0n;
  #heardAt = Number.NEGATIVE_INFINITY;
  #newestIat = Number.NEGATIVE_INFINITY;
  #deadStreams = 0;
  #polls = 0;
  #loaded!: () => void;
  readonly loaded = new Promise<void>((resolve) => (this.#loaded = resolve));

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeySet,
    private readonly revoked: RevocationList,
  ) {
    this.#reader = new FeedReader(settings.issuer, keys, revoked);
    void this.#run();
  }

  get seq(): string {
    return String(this.#position);
  }

  /** How long ago it was heard what is revoked. */
  get behindMs(): number {
    return performance.now() - this.#heardAt;
  }

  close(): void {
    this.#ended.abort();
    this.#loaded();
  }

  async #run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#ended.signal.aborted) {
      const heardAt = this.#heardAt;
      try {
        await (this.#usesPolls() ? this.#poll() : this.#stream());
      } catch (error) {
        if (!this.#ended.signal.aborted) this.settings.onError(error as Error);
      }
      if (this.#heardAt > heardAt) {
        pauseMs = FIRST_PAUSE_MS;
        if (this.settings.follow === 'poll' || this.#polls > 0) continue;
      }
      const options = { ref: false, signal: this.#ended.signal };
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, options).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  #usesPolls(): boolean {
    if (this.settings.follow === 'poll') return true;
    if (this.#deadStreams >= DEAD_STREAMS) [this.#deadStreams, this.#polls] = [0, POLLS_AFTER_DEAD_STREAMS];
    return this.#polls > 0 && this.#polls-- > 0;
  }

  async #stream(): Promise<void> {
    this.#deadStreams += 1;
    const url = `${this.settings.url}/revocations/stream?after=${this.#position}`;
    await this.#request(url, SILENCE_MS, async ({ body }, isAlive) => {
      for await (const event of eventsIn(body as unknown as AsyncIterable<Uint8Array>)) {
        this.#take(await this.#reader.readEvent(event));
        this.#deadStreams = 0;
        isAlive();
      }
    });
  }

  async #poll(): Promise<void> {
    const half = Math.floor(this.settings.maxStaleSeconds / 2);
    const seconds = this.behindMs === Infinity ? 0 : Math.min(Math.max(half, 1), LONGEST_POLL_SECONDS);
    const url = `${this.settings.url}/revocations?after=${this.#position}&wait=${seconds}`;
    await this.#request(url, seconds * 1_000 + SILENCE_MS, async (response) => {
      const bytes = new Uint8Array(await response.arrayBuffer());
      this.#take(await this.#reader.readAnswer(bytes, response.headers.get('latchkey-signature') ?? ''));
    });
  }

  /** Ends when `read` does, when this is closed, or when nothing came for too long. */
  async #request(
    url: string,
    silenceMs: number,
    read: (response: Response, isAlive: () => void) => Promise<void>,
  ): Promise<void> {
    const abort = new AbortController();
    const end = (): void => abort.abort(new Error('the feed is silent'));
    const timer = setTimeout(end, silenceMs).unref();
    this.#ended.signal.addEventListener('abort', end);
    try {
      const response = await this.settings.fetch(url, { redirect: 'error', cache: 'no-store', signal: abort.signal });
      if (!response.ok) throw new Error(`the feed was answered with ${response.status}`);
      await read(response, () => timer.refresh());
    } finally {
      clearTimeout(timer);
      this.#ended.signal.removeEventListener('abort', end);
      abort.abort();
    }
  }

  #take({ after, seq, iat, body }: FeedMessage): void {
    if (after > this.#position) throw new Error('the feed left something out');
    this.revoked.add(body);
    for (const kid of body.keys) this.keys.forget(kid);
    if (seq > this.#position) this.#position = seq;
    // What was heard before says nothing about now.
    if (iat <= this.#newestIat && iat > this.#newestIat - CLOCK_STEP_SECONDS) return;
    this.#newestIat = iat;
    this.#heardAt = performance.now();
    this.#loaded();
  }
}
