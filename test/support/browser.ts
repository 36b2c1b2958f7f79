import { readFileSync } from 'node:fs';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const inPage = (name: string): string => readFileSync(join(process.cwd(), 'test/support/in-page', name), 'utf8');
const AXE = readFileSync(createRequire(join(process.cwd(), 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');
const LAYOUT = inPage('layout.js');

/** By how much they cost: the one without windows does the same for half as much. */
const NAMES = ['chromium-headless-shell', 'chromium'];

/** The browser that tests drive: `CHROMIUM`, or one of these names in the path. */
export function chromiumPath(): string {
  const named = process.env['CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const inPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = named ? [named] : inPath.filter((path) => isExecutable(path));
  if (!found[0]) {
    throw new Error(
      'tests of pages need Chromium: install the package chromium-headless-shell or chromium, or set CHROMIUM to its path',
    );
  }
  return found[0];
}

/** A real browser without a screen. What tests open in it is closed with it. Hosts in `lan.test` are this machine. */
export function openBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP *.lan.test 127.0.0.1'],
    timeout: 60_000,
  });
}

/** To be called before pages are opened that are checked: the browser compiles axe once then, and not for each of them. */
export async function bringAxe(page: Page): Promise<void> {
  await page.addInitScript(AXE);
}

/** The rules of axe that the colours of a page can break. */
export const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * What the checks of axe find wrong with a page as it stands; nothing is what is hoped for.
 *
 * @param rules all, unless some are named
 */
export async function accessibilityProblems(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(AXE);
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => violations)`,
  );
  return found.map(
    ({ id, nodes }) => `${page.url()}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

/** What a reader would complain of: texts and controls that lie on one another, are cut off, or stick out of the page. */
export function layoutProblems(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(LAYOUT);
}

/** To be called before pages are opened: from then on `layoutShifts` knows what moved. */
export async function watchLayoutShifts(page: Page): Promise<void> {
  await page.addInitScript(inPage('shifts.js'));
}

/** What moved by itself since the page was opened, once it was drawn. */
export function layoutShifts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(
    `new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => drawn(window.shifts)))))`,
  );
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
