import type { INestApplicationContext } from '@nestjs/common';
import { AdminSetupService } from '../admin/auth/admin-setup.service.js';
import { AdministratorsService } from '../admin/auth/administrators.service.js';
import { AppsService } from '../apps/apps.service.js';
import type { Config } from '../config/config.js';

/** What a person reads after the start: where everything is, and a first login to paste. */
export async function greeting(
  context: INestApplicationContext,
  config: Config,
  { keyCreated, terminal }: { keyCreated: boolean; terminal: boolean },
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
  lines.push(...(await setupLines(context, terminal)));
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

/** The link goes to a person at a terminal only: what is written elsewhere is kept as a log, and logs hold no tokens. */
async function setupLines(context: INestApplicationContext, terminal: boolean): Promise<string[]> {
  if (!terminal) {
    if (await context.get(AdministratorsService).isSetUp()) return [];
    return ['There is no administrator yet: "latchkey admin setup-link" prints a link that makes the first one.', ''];
  }
  const link = await context.get(AdminSetupService).makeLink();
  if (!link) return [];
  return [
    'There is no administrator yet. This link makes the first one; it works once, within a day:',
    '',
    `  ${link.url}`,
    '',
  ];
}
