import type { Browser, BrowserContext, Locator, Page, Response } from 'playwright-core';
import type { TestServer } from './create-test-server.js';
import { routesOf, type Route } from './routes.js';

/** A page as the server sent it. */
export interface SeenPage {
  /** `GET /console/apps` */
  route: string;
  url: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A form that is sent in, as far as somebody has to know to do so. */
export interface SentForm {
  /** Path of the page that holds it; the page that is open, where nothing is said. */
  on?: string;
  /** How the path ends that it goes to; a form without an address goes to its own page. */
  to?: string | RegExp;
  fill?: Record<string, string>;
  /** The value of the button, where there are several. */
  button?: string;
  /** What a question wants to be typed. */
  typed?: string;
  /** What the page says that the form leads to. */
  says: string;
}

/**
 * Chromium with scripts switched off, in the hands of somebody who fills in forms and presses their buttons. It keeps every
 * page that it was sent.
 */
export class PlainBrowser {
  readonly seen: SeenPage[] = [];
  /** `POST /console/apps` of all forms that were sent. */
  readonly sent = new Set<string>();
  readonly #routes: { route: Route; pattern: RegExp }[];
  readonly #kept: Promise<unknown>[] = [];

  private constructor(
    readonly page: Page,
    private readonly server: TestServer,
  ) {
    this.#routes = routesOf(server).map((route) => ({ route, pattern: patternOf(route.path) }));
    page.on('response', (response) => {
      if (response.request().isNavigationRequest()) this.#kept.push(this.#keep(response));
    });
  }

  static async open(browser: Browser, server: TestServer): Promise<PlainBrowser> {
    const context: BrowserContext = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return new PlainBrowser(page, server);
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.server.publicUrl + path, { waitUntil: 'domcontentloaded' });
    await this.#rest();
  }

  /** By a link of the page that is open, wherever it leads on to. @param says what the page says then */
  async follow(name: string, says: string): Promise<void> {
    await this.#press(this.page.getByRole('link', { name }).first());
    await this.page.getByText(says).first().waitFor();
    await this.#rest();
  }

  /** Fills in a form and sends it; answers the question that comes, if one does. @throws where the page says something else */
  async send({ on, to, fill = {}, button, typed, says }: SentForm): Promise<void> {
    const { page } = this;
    if (on !== undefined) await this.open(on);
    const { form, own } = await this.#form(to, Object.keys(fill)[0]);
    const hidden = form.locator('xpath=ancestor::details[not(@open)]');
    for (const details of await hidden.all()) await details.locator('summary').first().click();
    for (const [name, value] of Object.entries(fill)) await fillIn(form.locator(`[name="${name}"]`), value);
    await this.#press(own ?? form.locator(button === undefined ? 'button' : `button[value="${button}"]`).first());
    const question = page.locator('main form:has(input[name="confirm"])');
    if ((await question.count()) > 0) {
      if (typed !== undefined) await question.locator('#typed').fill(typed);
      await this.#press(question.locator('button'));
    }
    const text = await page.locator('main').innerText();
    const shown = await page
      .locator('main input[readonly]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('value')).join(' '));
    if (!`${text} ${shown}`.includes(says))
      throw new Error(`${String(to ?? on)}: expected “${says}”, and the page says: ${text.slice(0, 400)}`);
  }

  /** @returns the form, and its button where that says itself where it leads */
  async #form(to: SentForm['to'], field?: string): Promise<{ form: Locator; own?: Locator }> {
    const forms = this.page.locator('form[method="post"]');
    const fits = (action: string): boolean => {
      if (to === undefined) return action === '';
      return to instanceof RegExp ? to.test(action) : action.endsWith(to);
    };
    const found = await forms.evaluateAll(
      (all, name) =>
        all.map((form) => ({
          action: form.getAttribute('action') ?? '',
          holds: name === undefined || form.querySelector(`[name="${name}"]`) !== null,
          buttons: [...form.querySelectorAll('button[formaction]')].map((one) => one.getAttribute('formaction') ?? ''),
        })),
      field,
    );
    for (const [i, { action, holds, buttons }] of found.entries()) {
      const form = forms.nth(i);
      const own = buttons.find((address) => to !== undefined && fits(address));
      if (own !== undefined) return { form, own: form.locator(`button[formaction="${own}"]`) };
      if (holds && fits(action)) return { form };
    }
    throw new Error(`${this.page.url()} has no form to ${String(to)}, only to ${JSON.stringify(found)}`);
  }

  /** Answers are gone once the browser leads on to the next. */
  async #rest(): Promise<void> {
    await Promise.all(this.#kept.splice(0));
  }

  async #press(button: Locator): Promise<void> {
    const { page } = this;
    const loaded = page.waitForEvent('domcontentloaded');
    await button.click({ noWaitAfter: true });
    await loaded;
    await this.#rest();
  }

  async #keep(response: Response): Promise<void> {
    const request = response.request();
    const url = new URL(response.url());
    if (url.origin !== new URL(this.server.publicUrl).origin) return;
    const route = this.#routeOf(request.method(), url.pathname);
    if (request.method() === 'POST') this.sent.add(route);
    if (response.status() >= 300 && response.status() < 400) return;
    const [headers, body] = await Promise.all([response.allHeaders(), response.text()]);
    this.seen.push({ route, url: url.href, status: response.status(), headers, body });
  }

  /** The one with the fewest parameters, and a wildcard last, as the router does. */
  #routeOf(method: string, path: string): string {
    const fits = this.#routes.filter(({ route, pattern }) => route.method === method && pattern.test(path));
    const parameters = ({ route }: (typeof fits)[number]): number =>
      route.path.endsWith('*') ? Infinity : route.path.split(':').length;
    const [best] = fits.sort((a, b) => parameters(a) - parameters(b));
    return best ? `${method} ${best.route.path}` : `${method} ?`;
  }
}

async function fillIn(field: Locator, value: string): Promise<void> {
  const kind = await field.evaluate((one) => `${one.localName} ${one.getAttribute('type') ?? ''}`);
  if (kind === 'input checkbox') await field.setChecked(value === 'on');
  else if (kind.startsWith('select')) await field.selectOption(value);
  else await field.fill(value);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*').replaceAll('.well', '\\.well')}$`);
}
