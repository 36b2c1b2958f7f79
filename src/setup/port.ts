import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/config.js';

/**
 * Makes sure that the port is free before anything else is done.
 *
 * @returns the settings, with the port that was found where 0 asked for any
 * @throws a system error, such as EADDRINUSE
 */
export async function takePort(config: Config): Promise<Config> {
  const probe = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(config.port, config.host, () => resolve((probe.address() as AddressInfo).port));
  });
  await new Promise((resolve) => probe.close(resolve));
  if (config.port !== 0) return config;
  return config.with({
    port,
    publicUrl: config.publicUrl.replace(/^http:\/\/localhost:0$/, `http://localhost:${port}`),
  });
}
