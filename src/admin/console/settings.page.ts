import { Body, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../admin-ui/strings.js';
import { Settings, type TokenSettings } from '../../../admin-ui/views/settings.js';
import { AppRemovalService } from '../../accounts/app-removal.service.js';
import { ANYWHERE, holds } from '../../apps/access-list.js';
import { App } from '../../apps/app.model.js';
import { AppSettingsService } from '../../apps/app-settings.service.js';
import { InvalidParameter } from '../../errors/errors.js';
import { ClientAddress } from '../../http/client-address.js';
import { ObjectIdPipe } from '../api/object-id.pipe.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { changedIn, formIn, storedIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

type Typed = Partial<Omit<Parameters<typeof Settings>[0], 'frame' | 'path'>>;

/** What an app is set to. Only what the reader changed is written, so that nobody's other change is undone. */
@AppPage('settings')
export class SettingsPage {
  constructor(
    private readonly pages: Pages,
    private readonly settings: AppSettingsService,
    private readonly removal: AppRemovalService,
    private readonly addresses: ClientAddress,
  ) {}

  @Get()
  async show(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(app, request, reply);
  }

  @Post('tokens')
  async setTokens(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const stored = tokensOf(app);
    const typed = mapOf(stored, (name) => form.get(name).trim());
    const was = storedIn(form, stored);
    const { changed, conflicts } = changedIn({ typed, was, stored });
    const fail = (status: number, text: string): Promise<void> =>
      this.#show(app, request, reply, { tokens: typed, problems: { tokens: text } }, status);
    if (conflicts.length > 0)
      return fail(409, t.settings.changed(conflicts.map((name) => t.settings[name]).join(', ')));
    if (changed.length === 0) return this.pages.done(reply, this.#path(app), t.settings.unchanged);
    const wanted = Object.fromEntries(changed.map((name) => [name, typed[name]])) as Partial<TokenSettings>;
    try {
      await this.settings.change(app, {
        accessTokenSeconds: wholeIn(wanted, 'access'),
        refreshTokenSeconds: wholeIn(wanted, 'refresh'),
        revocation: oneOf(wanted.revocation, ['strict', 'lax'] as const, 'revocation'),
        signingAlgorithm: oneOf(wanted.algorithm, ['ES256', 'RS256'] as const, 'algorithm'),
        signingKeyDays: wholeIn(wanted, 'keyDays'),
      });
      this.pages.done(reply, this.#path(app), t.settings.saved);
    } catch (error) {
      const { status, text } = problemIn(error);
      await fail(status, text);
    }
  }

  @Post('origins')
  async setOrigins(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const typed = form.get('origins');
    const fail = (status: number, text: string): Promise<void> =>
      this.#show(app, request, reply, { origins: typed, problems: { origins: text } }, status);
    if (linesIn(form.get('was')).join('\n') !== app.allowedOrigins.join('\n')) {
      return fail(409, t.settings.changed(t.settings.origins));
    }
    try {
      await this.settings.setOrigins(app, linesIn(typed));
      this.pages.done(reply, this.#path(app), t.settings.originsSaved);
    } catch (error) {
      const { status, text } = problemIn(error);
      await fail(status, text);
    }
  }

  @Post('custom_data')
  async setCustomData(@AdminApp() app: App, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    await this.settings.setCustomUserData(app, { enabled: formIn(body).get('enabled') === 'on' });
    this.pages.done(reply, this.#path(app), t.settings.dataSaved);
  }

  @Post('addresses')
  async addAddress(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const address = form.get('address').trim();
    const comment = form.get('comment').trim();
    try {
      await this.settings.addAccess(app, { address, ...(comment === '' ? {} : { comment }) });
      this.pages.done(reply, this.#path(app), t.settings.added);
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(app, request, reply, { problems: { addresses: text }, typedAddress: address }, status);
    }
  }

  @Post('addresses/:id/remove')
  async removeAddress(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { removeTitle: title, removeText: text, remove: button } = t.settings;
    const about = app.accessList.filter(({ _id }) => _id.equals(id)).map(({ address }) => address);
    const asked = { title, text, button, about, section: 'settings', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.settings.removeAccess(app, id);
    this.pages.done(reply, this.#path(app), t.settings.removed);
  }

  @Post('delete')
  async delete(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const { deleteTitle: title, deleteText: text, delete: button } = t.settings;
    const typed = { label: t.settings.deleteTyped(app.clientAppId), accepted: [app.clientAppId] };
    const asked = { title, text, button, typed, section: 'settings', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.removal.delete(app);
    this.pages.done(reply, `${this.pages.base}/apps`, t.settings.deleted(app.name));
  }

  async #show(app: App, request: AdminRequest, reply: FastifyReply, typed: Typed = {}, status = 200): Promise<void> {
    const ip = this.addresses.of(request);
    const addresses = app.accessList.map(({ _id, address, comment = '' }) => {
      const current = holds(address, ip);
      return { id: _id.toHexString(), address, comment, anywhere: address === ANYWHERE, current };
    });
    const origins = app.allowedOrigins.join('\n');
    const stored = tokensOf(app);
    const page = { path: this.#path(app), tokens: stored, stored, origins, storedOrigins: origins, addresses };
    const customData = app.customUserData.enabled;
    await this.pages.show(request, reply, (frame) => Settings({ frame, ...page, customData, ...typed }), status);
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/settings`;
  }
}

function tokensOf(app: App): TokenSettings {
  return {
    access: String(app.accessTokenSeconds),
    refresh: String(app.refreshTokenSeconds),
    revocation: app.revocation,
    algorithm: app.signingAlgorithm ?? 'ES256',
    keyDays: String(app.signingKeyDays ?? 0),
  };
}

function mapOf(names: TokenSettings, value: (name: string) => string): TokenSettings {
  return Object.fromEntries(Object.keys(names).map((name) => [name, value(name)])) as unknown as TokenSettings;
}

/** @throws InvalidParameter */
function wholeIn(wanted: Partial<TokenSettings>, name: 'access' | 'refresh' | 'keyDays'): number | undefined {
  const text = wanted[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidParameter(t.settings.whole(t.settings[name]).slice(0, -1));
  return Number(text);
}

/** @throws InvalidParameter */
function oneOf<T extends string>(text: string | undefined, allowed: readonly T[], name: string): T | undefined {
  if (text === undefined) return undefined;
  const found = allowed.find((one) => one === text);
  if (!found) throw new InvalidParameter(`'${name}' must be one of: ${allowed.join(', ')}`);
  return found;
}

function linesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((line) => line !== '');
}
