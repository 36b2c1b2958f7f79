import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type EmbeddedStore, fatalMessage, type StoreHealth, type StoreOptions } from './embedded-store.js';
import { DirectoryRefused } from './storage/directory.js';
import { DirectoryInUse, type Owner } from './storage/owner.js';

/** What the worker is asked; it answers with the same `id`. */
export interface WorkerRequest {
  id: number;
  kind: 'health' | 'close';
}

export type WorkerMessage =
  | { kind: 'open'; uri: string }
  | { kind: 'refused'; error: SentError }
  | { kind: 'answer'; id: number; result: StoreHealth | undefined }
  | { kind: 'fatal'; error: SentError };

/** An error on its way between threads, where classes are lost. */
export interface SentError {
  name: string;
  message: string;
  directory?: string;
  owner?: Owner;
}

/** Starts the store in a worker thread and stands for it on this one. */
export function startInWorker(file: string, { directory, onFatal }: StoreOptions): Promise<EmbeddedStore> {
  const worker = new Worker(file, { workerData: { directory } });
  const waiting = new Map<number, (result: StoreHealth | undefined) => void>();
  let lastId = 0;
  let isClosing = false;
  let isOpen = false;
  let hasFailed = false;
  const fail = (error: Error) => {
    if (!isOpen || hasFailed || isClosing) return;
    hasFailed = true;
    if (onFatal) return onFatal(error);
    writeSync(2, fatalMessage(directory, error));
    process.exit(70);
  };
  const ask = (kind: WorkerRequest['kind']) =>
    new Promise<StoreHealth | undefined>((resolve) => {
      waiting.set(++lastId, resolve);
      worker.postMessage({ id: lastId, kind } satisfies WorkerRequest);
    });
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'open') {
        isOpen = true;
        resolve(storeAt(message.uri));
      } else if (message.kind === 'refused') {
        isClosing = true;
        reject(received(message.error));
        void worker.terminate();
      } else if (message.kind === 'fatal') fail(received(message.error));
      else {
        waiting.get(message.id)?.(message.result);
        waiting.delete(message.id);
      }
    });
    worker.on('error', (error: Error) => {
      reject(error);
      fail(error);
    });
    worker.on('exit', (code) => {
      const error = new Error(`its worker ended with code ${code}`);
      reject(error); // of no effect once it is open
      fail(error);
    });
  });

  function storeAt(uri: string): EmbeddedStore {
    let closing: Promise<void> | undefined;
    const close = async () => {
      isClosing = true;
      await ask('close');
      await worker.terminate();
    };
    return {
      uri,
      health: async () => (await ask('health'))!,
      close: () => (closing ??= close()),
    };
  }
}

function received({ name, message, owner }: SentError): Error {
  if (name === 'DirectoryRefused') return new DirectoryRefused(message);
  if (name === 'DirectoryInUse')
    return Object.assign(Object.create(DirectoryInUse.prototype) as Error, { message, owner });
  return Object.assign(new Error(message), { name });
}
