import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

type Fields = Record<string, unknown>;

/** Newest first: of several, which a folder that was converted may hold, the newest counts. */
const ROOT_FILES = ['root_config.json', 'realm_config.json', 'config.json', 'stitch.json'];
/** Folders of exports that are only counted: what is in them has no equivalent. */
const COUNTED = [
  'data_sources',
  'endpoints',
  'environments',
  'graphql',
  'hosting',
  'http_endpoints',
  'log_forwarders',
  'rules',
  'services',
  'snippets',
  'sync',
  'triggers',
  'values',
];
const MAX_BYTES = 4 * 1_048_576;

/**
 * The folder as one object: the fields of the root file, and each folder of the export as a field.
 *
 * @throws words that name the file
 */
export async function readExportFolder(folder: string): Promise<Fields> {
  const names = await namesIn(folder);
  if (names === undefined) throw new Error(`${folder}: there is no such folder`);
  const rootFile = ROOT_FILES.find((name) => names.includes(name));
  if (rootFile === undefined) {
    throw new Error(`${folder}: no exported app is there, which has one of ${ROOT_FILES.join(', ')}`);
  }
  const document: Fields = { ...fieldsIn(await readJson(join(folder, rootFile)), join(folder, rootFile)) };
  const auth = await readFiles(join(folder, 'auth'), {
    providers: 'providers.json',
    custom_user_data: 'custom_user_data.json',
  });
  if (Object.keys(auth).length > 0) document['auth'] = auth;
  const providers = await readEach(join(folder, 'auth_providers'));
  if (providers.length > 0) document['auth_providers'] = providers;
  document['functions'] = await readFunctions(join(folder, 'functions'));
  for (const name of COUNTED) {
    const found = await countedIn(join(folder, name));
    if (found.length > 0) document[name] = found;
  }
  return document;
}

/** The newer layout lists them in one file, the older has a folder for each. Their code is not read. */
async function readFunctions(folder: string): Promise<unknown> {
  const names = (await namesIn(folder)) ?? [];
  if (names.includes('config.json')) return { config: await readJson(join(folder, 'config.json')) };
  const configs: { config: unknown }[] = [];
  for (const name of names) {
    const file = join(folder, name, 'config.json');
    if ((await namesIn(join(folder, name)))?.includes('config.json')) configs.push({ config: await readJson(file) });
  }
  return configs;
}

async function readFiles(folder: string, files: Record<string, string>): Promise<Fields> {
  const names = (await namesIn(folder)) ?? [];
  const found: Fields = {};
  for (const [field, file] of Object.entries(files)) {
    if (names.includes(file)) found[field] = await readJson(join(folder, file));
  }
  return found;
}

async function readEach(folder: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const name of (await namesIn(folder)) ?? []) {
    if (name.endsWith('.json')) found.push(await readJson(join(folder, name)));
  }
  return found;
}

/** Names of what is in a folder; files that exports write though nothing is in them do not count. */
async function countedIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await namesIn(folder)) ?? []) {
    const path = join(folder, name);
    if (name.endsWith('.json') ? !isEmpty(await readJson(path)) : await namesIn(path)) found.push(name);
  }
  return found;
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isEmpty);
  return value === null || value === '' || value === false;
}

/** In their order; hidden ones are not part of an export. @returns undefined where there is no such folder */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).toSorted();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Error(`${folder}: cannot be read (${code})`, { cause: error });
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text.replace(/^\u{FEFF}/u, '')) as unknown;
  } catch (error) {
    // Not the parser's words: they quote the file, which may hold a secret.
    throw new Error(`${file}: is not JSON`, { cause: error });
  }
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${file}: cannot be read (${code})`, { cause: error });
  }
  throw new Error(`${file}: is larger than ${MAX_BYTES / 1_048_576} MB`);
}

function fieldsIn(value: unknown, file: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${file}: is not an object`);
}
