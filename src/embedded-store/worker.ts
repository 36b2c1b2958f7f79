import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openStore } from './open-store.js';
import { DirectoryInUse } from './storage/owner.js';
import type { SentError, WorkerMessage, WorkerRequest } from './worker-client.js';

/** Entry of the worker thread: the store, asked and stopped by messages. */
async function run(port: MessagePort): Promise<void> {
  const { directory } = workerData as { directory: string };
  const send = (message: WorkerMessage) => port.postMessage(message);
  try {
    const store = await openStore({ directory, onFatal: (error) => send({ kind: 'fatal', error: sent(error) }) });
    port.on('message', ({ id, kind }: WorkerRequest) => {
      const work = kind === 'health' ? store.health() : store.close().then(() => undefined);
      void work.then((result) => send({ kind: 'answer', id, result }));
    });
    send({ kind: 'open', uri: store.uri });
  } catch (error) {
    send({ kind: 'refused', error: sent(error) });
  }
}

function sent(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const name = error.constructor.name;
  return {
    name,
    message: error.message,
    ...(error instanceof DirectoryInUse && error.owner && { owner: error.owner }),
  };
}

if (parentPort) void run(parentPort);
