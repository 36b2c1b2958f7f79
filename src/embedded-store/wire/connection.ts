import type { Socket } from 'node:net';
import { FrameReader } from './frame-reader.js';
import { formatMsg, formatReply, MalformedMessage, OP_QUERY, parseMessage, type Request } from './message.js';

/** Answers one request with a whole BSON document. It may not throw: whatever fails is an answer too. */
export type Handler = (request: Request, connection: Connection) => Uint8Array | Promise<Uint8Array>;

export interface ConnectionOptions {
  /** Came over the socket that only this user can reach, and needs no password. */
  isPrivate: boolean;
  /** Of the listener. */
  address: string;
  handle: Handler;
  /** Is told of faults of ours. */
  report: (error: unknown) => void;
}

/** Reading stops when so much waits behind a request that is being worked on. */
const READ_AHEAD_BYTES = 1 << 20;

let lastConnectionId = 0;
let lastRequestId = 0;

/** One client socket. Requests on it are answered in the order in which they came, one at a time. */
export class Connection {
  readonly id = ++lastConnectionId;
  /** As the client calls itself in its hello. */
  appName: string | undefined;
  private readonly frames = new FrameReader();
  private isBusy = false;
  readonly isPrivate: boolean;
  readonly address: string;
  /** Private, or its client has proved to know the password. */
  isAuthenticated: boolean;
  private readonly handle: Handler;
  private readonly report: (error: unknown) => void;
  private readonly closers = new Set<() => void>();

  constructor(
    private readonly socket: Socket,
    { isPrivate, address, handle, report }: ConnectionOptions,
  ) {
    this.isPrivate = this.isAuthenticated = isPrivate;
    this.address = address;
    this.handle = handle;
    this.report = report;
    socket.on('data', (chunk: Buffer) => {
      this.frames.push(chunk);
      this.advance();
    });
    socket.on('drain', () => this.advance());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const close of this.closers) close();
    });
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** True while a request is being worked on. */
  get isWorking(): boolean {
    return this.isBusy;
  }

  onClose(listener: () => void): () => void {
    this.closers.add(listener);
    return () => this.closers.delete(listener);
  }

  close(): void {
    this.socket.destroy();
  }

  private advance(): void {
    try {
      while (!this.isBusy && this.isOpen && !this.socket.writableNeedDrain) {
        const message = this.frames.next();
        if (!message) break;
        this.answer(parseMessage(message));
      }
    } catch (error) {
      // A malformed message is the client's fault and needs no word; anything else is ours, and still ends this connection only.
      if (!(error instanceof MalformedMessage)) this.report(error);
      this.close();
    }
    // A client that sends without waiting is not read from faster than it is answered.
    if (this.frames.buffered > READ_AHEAD_BYTES && (this.isBusy || this.socket.writableNeedDrain)) this.socket.pause();
    else this.socket.resume();
  }

  private answer(request: Request): void {
    const reply = this.handle(request, this);
    if (!(reply instanceof Promise)) return this.send(request, reply);
    this.isBusy = true;
    reply
      .then((document) => {
        this.isBusy = false;
        this.send(request, document);
        this.advance();
      })
      .catch((error: unknown) => {
        this.report(error);
        this.close();
      });
  }

  private send(request: Request, document: Uint8Array): void {
    if (!request.wantsReply || !this.isOpen) return;
    const format = request.opCode === OP_QUERY ? formatReply : formatMsg;
    lastRequestId = (lastRequestId + 1) & 0x7fffffff;
    this.socket.write(format(document, lastRequestId, request.requestId));
  }
}
