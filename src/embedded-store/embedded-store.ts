export interface StoreOptions {
  /** Made with mode 0700 when it is not there. */
  directory: string;
  /**
   * Called once when a write could not be made durable for another reason than a full disk: nothing more can be promised. By default a line
   * goes to standard error and the process ends.
   */
  onFatal?: (error: Error) => void;
  /** Listens on this port of loopback too (0: any that is free), with a password that is made for it. Only on the same thread. */
  port?: number;
  /** Lets clients set fail points. For tests, and only on the same thread. */
  failPoints?: boolean;
}

export interface StoreHealth {
  /** False when the last commit failed; then only reads and deletes can be expected to work. */
  isWritable: boolean;
  reason?: string;
}

/** A data directory that is open, and the address of the MongoDB-wire server over it. */
export interface EmbeddedStore {
  /** For the `mongodb` driver, without a database name. */
  readonly uri: string;
  /** The same over the port, where one was asked for. It holds the password. */
  readonly portUri?: string;
  health(): Promise<StoreHealth>;
  /** Answers what is queued, closes all connections and the files. */
  close(): Promise<void>;
}

/** The line that an operator reads when the process ends over a failed commit. */
export const fatalMessage = (directory: string, error: Error): string =>
  `The embedded store in ${directory} could not write to disk: ${error.message}. The process ends, since nothing written from here on would be safe.\n`;
