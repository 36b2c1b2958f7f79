import { Body, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { t } from '../../../../admin-ui/strings.js';
import { Settings, type CardName, type SettingTexts } from '../../../../admin-ui/views/settings.js';
import { AccountSettingsService } from '../../../accounts/account-settings.service.js';
import { AppRemovalService } from '../../../accounts/app-removal.service.js';
import { ANYWHERE, holds } from '../../../apps/access-list.js';
import { App } from '../../../apps/app.model.js';
import { AppSettingsService, settingsOf } from '../../../apps/app-settings.service.js';
import { ClientAddress } from '../../../http/client-address.js';
import { ProviderConfigsService } from '../../../providers/provider-configs.service.js';
import { AdminApp, type AdminRequest } from '../../auth/admin.decorators.js';
import { AppPage } from '../console-page.js';
import { changesIn, formIn } from '../form.js';
import { problemIn } from '../one-time.form.js';
import { Pages } from '../pages.service.js';
import {
  ANONYMOUS,
  labelOf,
  LINKING,
  PASSWORDS,
  SESSIONS,
  TOKENS,
  textsOf,
  typedIn,
  valuesOf,
  withLabels,
} from './settings-form.js';

type Shown = Omit<Parameters<typeof Settings>[0], 'frame' | 'path'>;
/** What was sent and refused, in place of what is stored. */
type Refused = Partial<Omit<Shown, 'cards'>> & { card?: { name: CardName; texts: SettingTexts } };

const TABLES = { tokens: TOKENS, sessions: SESSIONS, linking: LINKING, passwords: PASSWORDS, anonymous: ANONYMOUS };

/** What an app is set to. Only what the reader changed is written, so that nobody's other change is undone. */
@AppPage('settings')
export class SettingsPage {
  constructor(
    private readonly pages: Pages,
    private readonly settings: AppSettingsService,
    private readonly accounts: AccountSettingsService,
    private readonly providers: ProviderConfigsService,
    private readonly removal: AppRemovalService,
    private readonly addresses: ClientAddress,
  ) {}

  @Get()
  async show(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(app, request, reply);
  }

  @Post('tokens')
  async setTokens(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#set(app, 'tokens', request, reply);
  }

  @Post('sessions')
  async setSessions(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#set(app, 'sessions', request, reply);
  }

  @Post('linking')
  async setLinking(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#set(app, 'linking', request, reply);
  }

  @Post('passwords')
  async setPasswords(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#set(app, 'passwords', request, reply);
  }

  @Post('anonymous')
  async setAnonymous(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#set(app, 'anonymous', request, reply);
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
    const form = formIn(body);
    const stored = { enabled: app.customUserData.enabled };
    const typed = { enabled: form.get('enabled') === 'on' };
    const { changed } = changesIn(form, typed, stored);
    if (changed.length === 0) return this.pages.unchanged(reply, this.#path(app));
    await this.settings.setCustomUserData(app, typed);
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
      await this.#show(
        app,
        request,
        reply,
        { problems: { addresses: text }, typedAddress: { address, comment } },
        status,
      );
    }
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

  async #set(app: App, name: CardName, request: AdminRequest, reply: FastifyReply): Promise<void> {
    const form = formIn(request.body);
    const table = TABLES[name];
    const stored = textsOf(table, await this.#valuesOf(app));
    const typed = typedIn(table, form);
    const { changed, conflicts } = changesIn(form, typed, stored);
    const fail = (status: number, text: string): Promise<void> =>
      this.#show(app, request, reply, { card: { name, texts: typed }, problems: { [name]: text } }, status);
    if (conflicts.length > 0) return fail(409, t.settings.changed(conflicts.map(labelOf).join(', ')));
    if (changed.length === 0) return this.pages.unchanged(reply, this.#path(app));
    try {
      const wanted = valuesOf(table, typed, changed);
      if (name === 'passwords' || name === 'anonymous') await this.accounts.change(app, wanted);
      else await this.settings.change(app, wanted);
      this.pages.done(reply, this.#path(app), t.settings.saved);
    } catch (error) {
      const { status, text } = problemIn(error);
      await fail(status, withLabels(table, text));
    }
  }

  async #show(
    app: App,
    request: AdminRequest,
    reply: FastifyReply,
    refused: Refused = {},
    status = 200,
  ): Promise<void> {
    const ip = this.addresses.of(request);
    const addresses = app.accessList.map(({ _id, address, comment = '' }) => {
      const current = holds(address, ip);
      return { id: _id.toHexString(), address, comment, anywhere: address === ANYWHERE, current };
    });
    const origins = app.allowedOrigins.join('\n');
    const { card, ...typed } = refused;
    const page = {
      path: this.#path(app),
      cards: await this.#cardsOf(app, card),
      origins,
      storedOrigins: origins,
      customData: app.customUserData.enabled,
      addresses,
      ...typed,
    };
    await this.pages.show(request, reply, (frame) => Settings({ frame, ...page }), status);
  }

  /** What is kept with a provider is there where the provider is. */
  async #cardsOf(app: App, refused: Refused['card']): Promise<Shown['cards']> {
    const values = await this.#valuesOf(app);
    const there = new Set((await this.providers.list(app)).map(({ name }) => name));
    const cardOf = (name: CardName) => {
      const stored = textsOf(TABLES[name], values);
      return { stored, texts: refused?.name === name ? refused.texts : stored };
    };
    return {
      tokens: cardOf('tokens'),
      sessions: cardOf('sessions'),
      linking: cardOf('linking'),
      ...(there.has('local-userpass') ? { passwords: cardOf('passwords') } : {}),
      ...(there.has('anon-user') ? { anonymous: cardOf('anonymous') } : {}),
    };
  }

  async #valuesOf(app: App) {
    return { ...settingsOf(app), ...(await this.accounts.get(app)) };
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/settings`;
  }
}

function linesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((line) => line !== '');
}
