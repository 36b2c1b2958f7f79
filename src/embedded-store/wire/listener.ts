import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, type Handler } from './connection.js';

/** A fresh directory of this name and six letters holds the socket. */
export const SOCKET_DIRECTORY = 'latchkey-';
export const SOCKET_NAME = 'store.sock';
/** Longest path of a unix socket (sun_path less its final zero). */
const MAX_SOCKET_PATH = 107;
const MAX_CONNECTIONS = 1000;
const LOOPBACK = '127.0.0.1';

/** Accepts connections: on a unix socket that only this user can reach, or on a port of loopback, where clients have to say who they are. */
export class Listener {
  readonly connections = new Set<Connection>();
  /** Clients that came before `serve`. */
  private readonly waiting: Socket[] = [];
  private handle: Handler | undefined;
  private report: (error: unknown) => void = () => undefined;

  private constructor(
    private readonly server: Server,
    /** Path of the socket, or `127.0.0.1:<port>`. */
    readonly address: string,
    /** Of the socket; undefined for a port. */
    private readonly directory: string | undefined,
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
    try {
      const server = await listen({ path: socketPath });
      chmodSync(socketPath, 0o600);
      return new Listener(server, socketPath, directory);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** @param port 0 for any that is free */
  static async bindPort(port: number): Promise<Listener> {
    const server = await listen({ host: LOOPBACK, port });
    return new Listener(server, `${LOOPBACK}:${(server.address() as AddressInfo).port}`, undefined);
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
    if (this.directory !== undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  private accept(socket: Socket, handle: Handler): void {
    const isPrivate = this.directory !== undefined;
    const connection = new Connection(socket, { isPrivate, address: this.address, handle, report: this.report });
    this.connections.add(connection);
    connection.onClose(() => this.connections.delete(connection));
    socket.resume();
  }
}

async function listen(where: ListenOptions): Promise<Server> {
  const server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...where, backlog: 1024 }, resolve);
  });
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function shortTemporaryDirectory(): string {
  const directory = tmpdir();
  const longest = join(directory, `${SOCKET_DIRECTORY}XXXXXX`, SOCKET_NAME);
  return Buffer.byteLength(longest) <= MAX_SOCKET_PATH ? directory : '/tmp';
}
