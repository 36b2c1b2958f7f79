import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A connection between two that can be cut and mended: bytes pass as they are. */
export class CuttableLine {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #isCut = false;

  private constructor(target: () => URL) {
    this.#server = createServer((near) => {
      if (this.#isCut) return near.destroy();
      const { hostname, port } = target();
      const far = connect(Number(port), hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  /** @param target where it leads, asked for each connection */
  static async to(target: () => string): Promise<CuttableLine> {
    const line = new CuttableLine(() => new URL(target()));
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
