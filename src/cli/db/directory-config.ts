import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load-config.js';

/**
 * The settings of a command that is about the data directory.
 *
 * @throws ConfigError, and in words where the data is elsewhere: an old directory must not pass for it
 */
export function directoryConfig(env: NodeJS.ProcessEnv): Config {
  const config = loadConfig(env);
  if (config.mongodbUri === undefined) return config;
  throw new Error(
    'MONGODB_URI is set, so the data is in that replica set, which has tools of its own (mongodump, mongorestore).\n' +
      `  To work on the data directory all the same, unset MONGODB_URI (LATCHKEY_DATA_DIR is ${config.dataDir}).`,
  );
}
