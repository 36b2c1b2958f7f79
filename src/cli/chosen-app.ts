import type { App } from '../apps/app.model.js';
import type { Services } from './services.js';

export const APP_OPTION = [
  '--app <client-app-id>',
  'the app, as clients name it; may be left out where there is one only',
] as const;

/** @throws AppNotFound, or words where none was named and there is not exactly one */
export async function chosenApp({ apps }: Pick<Services, 'apps'>, clientAppId: string | undefined): Promise<App> {
  if (clientAppId !== undefined) return apps.getByClientAppId(clientAppId);
  const all = await apps.list();
  const [only] = all;
  if (!only) throw new Error('there is no app yet; "latchkey app create <name>" makes one');
  if (all.length === 1) return only;
  const ids = all.slice(0, 10).map((app) => app.clientAppId);
  throw new Error(
    `there are ${all.length} apps: say which with --app (${ids.join(', ')}${all.length > 10 ? ', …' : ''})`,
  );
}
