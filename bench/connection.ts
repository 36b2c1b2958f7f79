import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface Reply {
  status: number;
  text: string;
  /** Seconds, where the answer has a Retry-After. */
  retryAfter?: number;
}

/** Bytes of one HTTP request; made ahead where they do not change, so that driving costs as little as can be. */
export function requestBytes(method: string, path: string, options: { token?: string; body?: object } = {}): Buffer {
  const body = options.body === undefined ? '' : JSON.stringify(options.body);
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost'];
  if (options.token !== undefined) lines.push(`Authorization: Bearer ${options.token}`);
  if (options.body !== undefined) lines.push('Content-Type: application/json');
  if (method !== 'GET') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** One keep-alive connection that sends a request and waits for its answer, nothing else: the load must not cost more than the server. */
export class Connection {
  private received: Buffer = Buffer.alloc(0);
  /** The server ended it, as it does when nothing was asked for a while. */
  ended = false;
  private waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  send(request: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const reply = replyIn(this.received);
    if (!reply) return;
    this.received = Buffer.alloc(0);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(reply);
  }

  private fail(error: Error): void {
    const { waiting } = this;
    this.waiting = undefined;
    this.ended = true;
    waiting?.reject(error);
  }
}

/** @returns undefined while the answer is not whole; one answer at a time, as requests are never pipelined */
function replyIn(bytes: Buffer): Reply | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const length = status === 204 ? 0 : lengthIn(head);
  if (bytes.length < end + 4 + length) return undefined;
  const retryAfter = status < 429 ? undefined : headerIn(head, 'retry-after');
  const text = bytes.toString('utf8', end + 4, end + 4 + length);
  return { status, text, ...(retryAfter === undefined ? {} : { retryAfter: Number(retryAfter) }) };
}

function lengthIn(head: string): number {
  const length = headerIn(head, 'content-length');
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${head}`);
  return Number(length);
}

function headerIn(head: string, name: string): string | undefined {
  return new RegExp(`\r\n${name}: *([^\r\n]*)`, 'i').exec(head)?.[1];
}
