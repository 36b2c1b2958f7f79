import { MongoError } from '../errors.js';
import type { Call, Command, Reply } from './command.js';
import type { Session } from './sessions.js';
import { bigInteger, required, toDoc } from './values.js';

function sessionOf(call: Call): Session {
  if (call.session && call.args.get('autocommit') === false) return call.session;
  throw new MongoError(125, `${[...call.args.keys()][0]} must be run within a transaction`);
}

/** A repeated commit is answered like the first: the driver repeats one whose answer was lost. */
export const commitTransaction: Command = {
  options: ['recoveryToken'],
  inTransaction: true,
  isWrite: true,
  async run(call): Promise<Reply> {
    const session = sessionOf(call);
    await session.commit(required(call.args, 'txnNumber', bigInteger));
    return toDoc({ ok: 1 });
  },
};

export const abortTransaction: Command = {
  options: ['recoveryToken'],
  inTransaction: true,
  isWrite: true,
  run(call): Reply {
    const session = sessionOf(call);
    session.abort(required(call.args, 'txnNumber', bigInteger));
    return toDoc({ ok: 1 });
  },
};
