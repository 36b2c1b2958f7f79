import { readExport } from '../../admin/import/exported-app.js';
import type { ImportLine } from '../../admin/import/import-step.js';
import { json } from '../json.js';
import { withServices } from '../services.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { readExportFolder } from './export-folder.js';

export interface ImportOptions {
  app?: string;
  apply?: boolean;
  json?: boolean;
}

export async function importApp(folder: string, options: ImportOptions, terminal: Terminal): Promise<void> {
  const exported = readExport(await readExportFolder(folder));
  await withServices(terminal.env, async ({ apps, appImport }) => {
    const known = options.app === undefined ? await appImport.find(exported) : await apps.getByClientAppId(options.app);
    const lines = await appImport.plan(known, exported);
    const app = options.apply ? (known ?? (await appImport.createApp(exported))) : known;
    if (options.apply && app) await appImport.apply(app, exported);
    const result = { client_app_id: app?.clientAppId ?? null, applied: options.apply === true, lines };
    terminal.out(options.json ? json(result) : inWords(lines));
    if (options.json) return;
    terminal.err(
      options.apply && app
        ? `The app ${app.clientAppId} is as said above.\n`
        : 'Nothing was written: --apply does it.\n',
    );
  });
}

function inWords(lines: readonly ImportLine[]): string {
  return table(
    ['', 'WHAT', ''],
    lines.map(({ status, what, detail }) => [status, what, detail]),
  );
}
