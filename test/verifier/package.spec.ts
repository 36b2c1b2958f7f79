import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const SOURCES = 'src/verifier';
const run = promisify(execFile);

/** A project elsewhere that has the built package installed. */
let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'latchkey-consumer-'));
  await mkdir(join(project, 'node_modules'));
  await symlink(process.cwd(), join(project, 'node_modules', 'latchkey'));
});
afterAll(() => rm(project, { recursive: true, force: true }));

it.each([
  ['esm.mjs', "import * as verifier from 'latchkey/verifier'; import * as nest from 'latchkey/verifier/nest';"],
  ['cjs.cjs', "const verifier = require('latchkey/verifier'); const nest = require('latchkey/verifier/nest');"],
])('is imported by its name, and ends with the process: %s', async (file, imports) => {
  const code = `${imports}
    const made = new verifier.Verifier({ issuer: 'http://127.0.0.1:1/api/client/v2.0/app/shop-abcde' });
    made.verify('x').catch(({ code }) => console.log(code, typeof nest.LatchkeyAuthModule.forRoot));`;
  await writeFile(join(project, file), code);
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', join(project, file)], {
    timeout: 15_000,
  });
  expect(stdout).toBe('invalid_token function\n');
});

it('needs jose and Node alone, and Nest only for its own part', async () => {
  const needed: Record<string, string[]> = {};
  for (const file of await readdir(SOURCES)) {
    const source = await readFile(join(SOURCES, file), 'utf8');
    for (const [, name = ''] of source.matchAll(/ from '([^'.][^']*)'/g)) (needed[name] ??= []).push(file);
  }
  for (const [name, files] of Object.entries(needed)) {
    if (name.startsWith('@nestjs/')) expect(files).toEqual(['nest.ts']);
    else expect(name).toMatch(/^(jose|node:.*)$/);
  }
  expect(needed).toHaveProperty('jose');
});
