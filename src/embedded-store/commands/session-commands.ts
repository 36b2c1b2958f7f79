import { MongoError, unsupported } from '../errors.js';
import type { Call, Command, Reply } from './command.js';
import { toDoc } from './values.js';

/** endSessions, refreshSessions and killSessions name sessions in a list under their own name. */
function eachSession(
  name: string,
  act: (call: Call, lsid: Parameters<Call['server']['sessions']['use']>[0]) => void,
): Command {
  return {
    options: [],
    run(call): Reply {
      const list = call.args.get(name);
      if (!Array.isArray(list))
        throw new MongoError(14, `BSON field '${name}' is the wrong type, expected type 'array'`);
      for (const lsid of list) act(call, lsid);
      return toDoc({ ok: 1 });
    },
  };
}

const end = ({ server }: Call, lsid: Parameters<Call['server']['sessions']['use']>[0]): void => {
  const key = server.sessions.end(lsid);
  server.cursors.closeOwned(key);
};

export const endSessions = eachSession('endSessions', end);
export const killSessions = eachSession('killSessions', end);
export const refreshSessions = eachSession('refreshSessions', ({ server }, lsid) => void server.sessions.use(lsid));

/** Only the sessions of all: there are no users to name. */
export const killAllSessions: Command = {
  options: [],
  run({ args, server }): Reply {
    const users = args.get('killAllSessions');
    if (!Array.isArray(users) || users.length > 0) throw unsupported('killAllSessions with users');
    for (const key of server.sessions.endAll()) server.cursors.closeOwned(key);
    return toDoc({ ok: 1 });
  },
};
