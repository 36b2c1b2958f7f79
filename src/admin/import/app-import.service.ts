import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import { AppSettingsService, checkedOrigins } from '../../apps/app-settings.service.js';
import type { App, CustomUserDataSettings } from '../../apps/app.model.js';
import { AppsService } from '../../apps/apps.service.js';
import { InvalidParameter } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { FunctionRecordsService } from '../../functions/function-records.service.js';
import { FunctionDuplicateName } from '../../functions/functions.errors.js';
import { NewAppsService } from '../../providers/new-apps.service.js';
import type { ExportedApp } from './exported-app.js';
import { step, type ImportLine, type ImportStep } from './import-step.js';
import { functionsNamedBy, ProviderImportService } from './provider-import.service.js';

const CLIENT_APP_ID = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const NO_CODE = 'its JavaScript is not run here: give it a webhook_url';

/**
 * Brings an exported app in: what is there by name is changed, what is missing is made, nothing is removed. Each step is one
 * write, and all of it may be done again: what is as it should be stays untouched.
 */
@Injectable()
export class AppImportService {
  constructor(
    private readonly apps: AppsService,
    private readonly newApps: NewAppsService,
    private readonly settings: AppSettingsService,
    private readonly functions: FunctionRecordsService,
    private readonly providers: ProviderImportService,
  ) {}

  /**
   * What `apply` would do.
   *
   * @param app undefined where it is still to be made
   * @throws InvalidParameter with everything that is refused, before anything is written
   */
  async plan(app: App | undefined, exported: ExportedApp): Promise<ImportLine[]> {
    return (await this.#steps(app, exported)).map(({ line }) => line);
  }

  /** @returns what was done @throws InvalidParameter as `plan` does */
  async apply(app: App, exported: ExportedApp): Promise<ImportLine[]> {
    const steps = await this.#steps(app, exported);
    for (const { apply } of steps) await apply?.();
    return steps.map(({ line }) => line);
  }

  /** An empty app with the name and the client app id of the export. @throws InvalidParameter, and as NewAppsService does */
  async createApp(exported: ExportedApp, group?: ObjectId): Promise<App> {
    const { name, clientAppId, deployment } = exported;
    await this.plan(undefined, exported);
    return this.newApps.create({ ...checkedNames({ name, clientAppId }), deployment, ...(group ? { group } : {}) }, []);
  }

  async #steps(app: App | undefined, exported: ExportedApp): Promise<ImportStep[]> {
    const problems: string[] = [];
    const steps = [
      ...(app ? [] : [newAppStep(exported, problems)]),
      ...(await this.#functionSteps(app, exported)),
      ...(await this.providers.steps(app, exported.providers, problems)),
      ...this.#originSteps(app, exported, problems),
      ...(await this.#customUserDataSteps(app, exported)),
      ...exported.leftOut.map(({ what, count }) => step('left out', count > 1 ? `${what}: ${count}` : what)),
      step('note', 'users', { detail: 'an export has none: they come in by another way' }),
    ];
    if (problems.length > 0) throw new InvalidParameter(problems.join('; '));
    return steps;
  }

  /** Only those that logging in calls: the others would be names without anything behind them. */
  async #functionSteps(app: App | undefined, exported: ExportedApp): Promise<ImportStep[]> {
    const called = new Set([...exported.providers.flatMap(functionsNamedBy), ...creationFunctionOf(exported)]);
    const known = new Set(app ? (await this.functions.list(app)).map(({ name }) => name) : []);
    const steps = [...called].map((name) =>
      known.has(name)
        ? step('same', `function ${name}`)
        : step('new', `function ${name}`, { detail: NO_CODE, apply: () => this.#makeFunction(app!, name) }),
    );
    const others = new Set(exported.functions.filter((name) => !called.has(name)));
    if (others.size > 0) steps.push(step('left out', `functions that logging in does not call: ${others.size}`));
    return steps;
  }

  async #makeFunction(app: App, name: string): Promise<void> {
    try {
      await this.functions.create(app, { name, rest: {} });
    } catch (error) {
      if (!(error instanceof FunctionDuplicateName)) throw error;
    }
  }

  #originSteps(app: App | undefined, { origins }: ExportedApp, problems: string[]): ImportStep[] {
    if (!origins) return [];
    try {
      const wanted = checkedOrigins(origins);
      if (isDeepStrictEqual(app?.allowedOrigins ?? [], wanted)) return [step('same', 'allowed request origins')];
      const detail = wanted.length === 0 ? 'any' : wanted.join(', ');
      const apply = () => this.settings.setOrigins(app!, wanted);
      return [step(app?.allowedOrigins.length ? 'changed' : 'new', 'allowed request origins', { detail, apply })];
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      problems.push(`allowed_request_origins: ${error.message}`);
      return [];
    }
  }

  async #customUserDataSteps(app: App | undefined, { customUserData: wanted }: ExportedApp): Promise<ImportStep[]> {
    if (!wanted) return [];
    const settings = {
      ...(typeof wanted['enabled'] === 'boolean' ? { enabled: wanted['enabled'] } : {}),
      ...textsOf(wanted, {
        database_name: 'databaseName',
        collection_name: 'collectionName',
        user_id_field: 'userIdField',
      }),
    };
    const what = 'custom user data';
    const stored = app?.customUserData;
    const differs = Object.entries(settings).filter(([key, value]) => stored?.[key as keyof typeof stored] !== value);
    const note = step('note', what, { detail: 'documents are kept with the users here: set them per user' });
    if (differs.length === 0) return [step('same', what), note];
    const apply = async () => {
      await this.settings.setCustomUserData(app!, settings);
    };
    const detail = settings.enabled ? 'on: tokens carry it' : 'off';
    return [step(stored?.enabled ? 'changed' : 'new', what, { detail, apply }), note];
  }

  /** The app that the export names, where it is here already. */
  async find({ clientAppId }: ExportedApp): Promise<App | undefined> {
    return clientAppId === undefined ? undefined : ((await this.apps.findByClientAppId(clientAppId)) ?? undefined);
  }
}

function newAppStep({ name, clientAppId }: ExportedApp, problems: string[]): ImportStep {
  try {
    checkedNames({ name, clientAppId });
  } catch (error) {
    problems.push((error as Error).message);
  }
  return step('new', `app ${name ?? ''}`, { detail: clientAppId ?? 'with a new client app id' });
}

/** @throws InvalidParameter */
function checkedNames(names: { name: string | undefined; clientAppId: string | undefined }): {
  name: string;
  clientAppId?: string;
} {
  const { clientAppId } = names;
  const name = names.name ?? clientAppId?.replace(/-[a-z]{5}$/, '');
  if (name === undefined) throw new InvalidParameter('the export has neither a name nor an app id: name the app');
  if (clientAppId === undefined) return { name };
  if (!CLIENT_APP_ID.test(clientAppId))
    throw new InvalidParameter(`app_id: '${clientAppId.slice(0, 64)}' is not valid`);
  return { name, clientAppId };
}

function creationFunctionOf({ customUserData }: ExportedApp): string[] {
  const name = customUserData?.['on_user_creation_function_name'];
  return typeof name === 'string' && name !== '' ? [name] : [];
}

function textsOf<K extends keyof CustomUserDataSettings>(from: Record<string, unknown>, fields: Record<string, K>) {
  const found: Partial<Record<K, string>> = {};
  for (const [theirs, ours] of Object.entries(fields)) {
    const text = from[theirs];
    if (typeof text === 'string') found[ours] = text;
  }
  return found;
}
