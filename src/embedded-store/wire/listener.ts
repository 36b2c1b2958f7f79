import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, type Handler } from './connection.js';

/** A fresh directory of this name and six letters holds the socket. */
export const SOCKET_DIRECTORY = 'latchkey-';
export const SOCKET_NAME = 'store.sock';
/** Longest path of a unix socket (sun_path less its final zero). */
const MAX_SOCKET_PATH = 107;
const MAX_CONNECTIONS = 1000;

/** Accepts connections on a unix socket that only this user can reach. */
export class Listener {
  readonly connections = new Set<Connection>();
  /** Clients that came before `serve`. */
  private readonly waiting: Socket[] = [];
  private handle: Handler | undefined;
  private report: (error: unknown) => void = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly socketPath: string,
    private readonly directory: string,
  ) {
    server.on('connection', (socket) => {
      if (this.handle) this.accept(socket, this.handle);
      else this.waiting.push(socket);
    });
  }

  /** Binds the socket; clients that connect before `serve` wait. */
  static async bind(): Promise<Listener> {
    const directory = mkdtempSync(join(shortTemporaryDirectory(), SOCKET_DIRECTORY)); // mkdtemp makes it 0700
    const socketPath = join(directory, SOCKET_NAME);
    const server = createServer({ pauseOnConnect: true });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(socketPath, 1024, resolve);
      });
      chmodSync(socketPath, 0o600);
    } catch (error) {
      server.close();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
    server.maxConnections = MAX_CONNECTIONS;
    return new Listener(server, socketPath, directory);
  }

  /** @param report is told of faults of ours */
  serve(handle: Handler, report: (error: unknown) => void): void {
    this.handle = handle;
    this.report = report;
    for (const socket of this.waiting.splice(0)) this.accept(socket, handle);
  }

  /** Takes no more connections. */
  stopAccepting(): void {
    this.server.close();
  }

  /** Closes every connection and removes the socket. */
  close(): void {
    this.stopAccepting();
    for (const connection of this.connections) connection.close();
    for (const socket of this.waiting) socket.destroy();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private accept(socket: Socket, handle: Handler): void {
    const connection = new Connection(socket, handle, this.report);
    this.connections.add(connection);
    connection.onClose(() => this.connections.delete(connection));
    socket.resume();
  }
}

function shortTemporaryDirectory(): string {
  const directory = tmpdir();
  const longest = join(directory, `${SOCKET_DIRECTORY}XXXXXX`, SOCKET_NAME);
  return Buffer.byteLength(longest) <= MAX_SOCKET_PATH ? directory : '/tmp';
}
