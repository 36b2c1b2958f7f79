import { readFileSync } from 'node:fs';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const AXE = readFileSync(createRequire(join(process.cwd(), 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');

/** The browser that tests drive: `CHROMIUM`, or `chromium` in the path. */
export function chromiumPath(): string {
  const named = process.env['CHROMIUM'];
  const inPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  const found = named ? [named] : inPath.filter((path) => isExecutable(path));
  if (!found[0])
    throw new Error('tests of pages need Chromium: install the package chromium, or set CHROMIUM to its path');
  return found[0];
}

/** A real browser without a screen. What tests open in it is closed with it. */
export function openBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'], timeout: 60_000 });
}

/** What the checks of axe find wrong with a page as it stands; nothing is what is hoped for. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(AXE);
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return found.map(
    ({ id, nodes }) => `${page.url()}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

/** How far a page can be scrolled sideways, in pixels: readers of narrow screens should never have to. */
export function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
