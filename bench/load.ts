import { Connection } from './connection.js';
import type { Reply } from './connection.js';
import { sleep } from './server-process.js';

export const CONNECTIONS = 32;

/** One request, and what its answer must be. */
export interface Operation {
  request: Buffer;
  /** @throws when the answer is not the right one */
  check(reply: Reply): void;
}

/** Makes the next operation of a connection; undefined when there is nothing left to do. */
export type Source = (connection: number) => Operation | undefined;

/** When a run of operations ends. What was sent by then is still waited for. */
export interface Until {
  operations?: number;
  seconds?: number;
}

export interface Tally {
  done: number;
  /** Answered 429 or 503 with Retry-After, waited for, and sent again by the next operation. */
  refused: number;
}

/** The connections that drive one server. */
export class Load {
  private constructor(
    private readonly port: number,
    private readonly connections: Connection[],
  ) {}

  static async on(port: number): Promise<Load> {
    return new Load(port, await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port))));
  }

  /** Every connection of the share sends one operation after the other. Connections are numbered from `first`. */
  async run(source: Source, until: Until, share: { first?: number; count?: number } = {}): Promise<Tally> {
    const { first = 0, count = CONNECTIONS } = share;
    const tally = { done: 0, refused: 0 };
    const end = performance.now() + (until.seconds ?? Infinity) * 1000;
    let left = until.operations ?? Infinity;
    const drive = async (number: number) => {
      while (left > 0 && performance.now() < end) {
        const operation = source(number);
        if (!operation) return;
        left -= 1;
        if (await this.served(number, operation)) tally.done += 1;
        else tally.refused += 1;
      }
    };
    await Promise.all(Array.from({ length: count }, (_, index) => drive(first + index)));
    return tally;
  }

  /** Servers close what was idle for some seconds, as the connections that a slice does not use are. */
  private async living(number: number): Promise<Connection> {
    const known = this.connections[number] as Connection;
    return known.ended ? (this.connections[number] = await Connection.open(this.port)) : known;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private async served(number: number, operation: Operation): Promise<boolean> {
    const connection = await this.living(number);
    const reply = await connection.send(operation.request);
    if ((reply.status === 503 || reply.status === 429) && reply.retryAfter !== undefined) {
      await sleep(Math.min(reply.retryAfter, 2) * 1000);
      return false;
    }
    operation.check(reply);
    return true;
  }
}
