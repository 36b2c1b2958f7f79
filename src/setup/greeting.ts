import type { INestApplicationContext } from '@nestjs/common';
import { AppsService } from '../apps/apps.service.js';
import type { Config } from '../config/config.js';

/** What a person reads after the start: where everything is, and a first login to paste. */
export async function greeting(
  context: INestApplicationContext,
  config: Config,
  { keyCreated }: { keyCreated: boolean },
): Promise<string> {
  const demo = await context.get(AppsService).findByClientAppId('demo-local');
  const lines = [
    '',
    'Latchkey is running.',
    '',
    `  API             ${config.publicUrl}`,
    ...(demo ? [`  Client app id   ${demo.clientAppId}`] : []),
    `  Data            ${config.mongodbUri ? 'the replica set of MONGODB_URI' : config.dataDir}`,
    '',
  ];
  if (demo) {
    const app = `${config.publicUrl}/api/client/v2.0/app/${demo.clientAppId}/auth/providers`;
    lines.push(
      'A first login, to paste into another terminal:',
      '',
      `  curl -H 'Content-Type: application/json' -d '{}' ${app}/anon-user/login`,
      '',
    );
  }
  if (keyCreated) {
    lines.push(
      `A master key was made: ${config.dataDir}/master.key. It opens all that is sealed in the data; whoever loses it`,
      'loses all passwords. Keep a copy of it, apart from copies of the data.',
      '',
    );
  }
  lines.push('Ctrl-C stops it.', '', '');
  return lines.join('\n');
}
