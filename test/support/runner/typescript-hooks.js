import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const JEST_GLOBALS = new URL('./jest-globals.js', import.meta.url).href;

/** `./name.js` is `./name.ts` or `./name.tsx`, as for the compiler. */
export async function resolve(specifier, context, nextResolve) {
  if (specifier === '@jest/globals') return { url: JEST_GLOBALS, shortCircuit: true };
  if (/^\.\.?\/.*\.js$/.test(specifier) && /\.tsx?(\?|$)/.test(context.parentURL ?? '')) {
    const base = new URL(specifier, context.parentURL).href.slice(0, -'.js'.length);
    const url = ['.ts', '.tsx'].map((extension) => base + extension).find((file) => existsSync(fileURLToPath(file)));
    if (url) return { url, format: 'module', shortCircuit: true };
  }
  return nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
  if (!/^file:.*\.tsx?(\?|$)/.test(url)) return nextLoad(url, context);
  const { code } = await transformFile(fileURLToPath(url), { sourceMaps: 'inline' });
  return { format: 'module', source: code, shortCircuit: true };
}
