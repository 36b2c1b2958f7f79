import { Body, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { t } from '../../../../admin-ui/strings.js';
import { ProviderForm } from '../../../../admin-ui/views/providers/form.js';
import { Providers } from '../../../../admin-ui/views/providers/list.js';
import { App } from '../../../apps/app.model.js';
import { Config } from '../../../config/config.js';
import { callbackUrlOf } from '../../../providers/oauth2/callback-url.js';
import { ProviderConfigsService } from '../../../providers/provider-configs.service.js';
import { ProviderSetupService, type ProviderType } from '../../../providers/provider-setup.service.js';
import { ProviderTrialsService } from '../../../providers/provider-trials.service.js';
import type { Preset } from '../../../providers/auth-provider.js';
import type { Trial } from '../../../providers/trial.js';
import { SecretsService } from '../../../secrets/secrets.service.js';
import { ObjectIdPipe } from '../../api/object-id.pipe.js';
import { AdminApp, type AdminRequest } from '../../auth/admin.decorators.js';
import { AppPage } from '../console-page.js';
import { changesIn, formIn } from '../form.js';
import { PageNotFound } from '../no.page.js';
import { problemIn } from '../one-time.form.js';
import { Pages } from '../pages.service.js';
import { fieldsOf, type SchemaField } from './schema-fields.js';
import { settingsOf, typedIn } from './typed-settings.js';

interface Shown {
  kind: ProviderType;
  id?: ObjectId;
  name: string;
  fields: SchemaField[];
  was: Record<string, string>;
  problem?: string;
  trials?: Trial[];
  /** What the form is filled in with. */
  preset?: Preset | undefined;
}

/** The ways to log in to an app. Of a provider's settings only those are written that the reader changed. */
@AppPage('providers')
export class ProvidersPage {
  constructor(
    private readonly pages: Pages,
    private readonly configs: ProviderConfigsService,
    private readonly setup: ProviderSetupService,
    private readonly trials: ProviderTrialsService,
    private readonly secrets: SecretsService,
    private readonly config: Config,
  ) {}

  @Get()
  async list(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const found = await this.configs.list(app);
    const providers = found.map(({ _id, name, type, disabled }) => ({ id: _id.toHexString(), name, type, disabled }));
    const taken = new Set(found.map(({ type }) => type));
    const addable = this.setup
      .types()
      .filter(({ type, available, many }) => available && (many || !taken.has(type)))
      .map(({ type, presets }) => ({ type, presets: presets.map(({ id, title }) => ({ id, title })) }));
    const path = this.#path(app);
    await this.pages.show(request, reply, (frame) => Providers({ frame, path, providers, addable }));
  }

  @Get('new/:type')
  async form(
    @AdminApp() app: App,
    @Param('type') type: string,
    @Query('preset') wanted: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const kind = this.#kindOf(type);
    const preset = presetOf(kind, wanted);
    const fields = fieldsOf(kind.schema, preset?.settings ?? {});
    await this.#show(app, request, reply, { kind, name: preset?.id ?? '', fields, was: {}, preset });
  }

  @Post('new/:type')
  async create(
    @AdminApp() app: App,
    @Param('type') type: string,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const kind = this.#kindOf(type);
    const form = formIn(body);
    const fields = fieldsOf(kind.schema, {});
    const typed = typedIn(form, fields);
    const name = form.get('name').trim();
    try {
      const given = fields.filter((field) => typed[field.name] !== '' || field.required);
      const settings = settingsOf(given, typed);
      const named = kind.many ? { name } : {};
      const made = await this.setup.create(app, { config: {}, ...settings, type, ...named });
      this.pages.done(reply, this.#path(app), t.providers.created(made.name), { _id: made._id.toHexString() });
    } catch (error) {
      const { status, text } = problemIn(error);
      await this.#show(
        app,
        request,
        reply,
        {
          kind,
          name,
          fields: refilled(fields, typed),
          was: {},
          problem: text,
          preset: presetOf(kind, typed['config.preset']),
        },
        status,
      );
    }
  }

  @Get(':id')
  async show(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { type, name, settings } = await this.configs.get(app, id);
    const kind = this.#kindOf(type);
    const fields = fieldsOf(kind.schema, settings);
    await this.#show(app, request, reply, { kind, id, name, fields, was: valuesOf(fields) });
  }

  @Post(':id')
  async change(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { type, name, settings } = await this.configs.get(app, id);
    const kind = this.#kindOf(type);
    const form = formIn(body);
    const fields = fieldsOf(kind.schema, settings);
    const stored = valuesOf(fields);
    const typed = typedIn(form, fields);
    const { changed, conflicts } = changesIn(form, typed, stored);
    const fail = (status: number, problem: string): Promise<void> =>
      this.#show(
        app,
        request,
        reply,
        { kind, id, name, fields: refilled(fields, typed), was: stored, problem },
        status,
      );
    if (conflicts.length > 0) {
      const labels = fields.filter((field) => conflicts.includes(field.name)).map(({ label }) => label);
      return fail(409, t.providers.changed(labels.join(', ')));
    }
    const to = `${this.#path(app)}/${id.toHexString()}`;
    if (changed.length === 0) return this.pages.unchanged(reply, to);
    try {
      await this.setup.change(
        app,
        id,
        settingsOf(
          fields.filter((field) => changed.includes(field.name)),
          typed,
        ),
      );
      this.pages.done(reply, to, t.providers.saved(name));
    } catch (error) {
      const { status, text } = problemIn(error);
      await fail(status, text);
    }
  }

  @Post(':id/test')
  async test(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { type, name, settings } = await this.configs.get(app, id);
    const trials = await this.trials.run(app, id);
    const kind = this.#kindOf(type);
    const fields = fieldsOf(kind.schema, settings);
    await this.#show(app, request, reply, { kind, id, name, fields, was: valuesOf(fields), trials });
  }

  @Post(':id/on')
  async turnOn(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.configs.get(app, id);
    await this.configs.setDisabled(app, id, false);
    this.pages.done(reply, this.#path(app), t.providers.turnedOn(name));
  }

  @Post(':id/off')
  async turnOff(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.configs.get(app, id);
    const { offTitle: title, offText: text, turnOff: button } = t.providers;
    const asked = { title, text, button, about: [name], section: 'providers', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.configs.setDisabled(app, id, true);
    this.pages.done(reply, this.#path(app), t.providers.turnedOff(name));
  }

  @Post(':id/delete')
  async delete(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.configs.get(app, id);
    const { deleteTitle: title, deleteText: text, delete: button } = t.providers;
    const typed = { label: t.providers.deleteTyped(name), accepted: [name] };
    const asked = { title, text, button, typed, section: 'providers', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.configs.delete(app, id);
    this.pages.done(reply, this.#path(app), t.providers.deleted(name));
  }

  async #show(
    app: App,
    request: AdminRequest,
    reply: FastifyReply,
    { kind, id, name, fields, was, problem, trials, preset }: Shown,
    status = 200,
  ): Promise<void> {
    const { type, available, many, presets } = kind;
    const path = this.#path(app);
    const page = {
      action: id ? `${path}/${id.toHexString()}` : `${path}/new/${type}`,
      back: path,
      type,
      name,
      isNew: !id,
      named: !id && many,
      fields,
      was,
      secrets: (await this.secrets.list(app)).map((secret) => secret.name),
      redirectUrl: /^(oauth2-|oidc)/.test(type) ? callbackUrlOf(this.config) : undefined,
      available,
      problem,
      trials,
      presets: id ? [] : presets.map(({ id: one, title }) => ({ id: one, title, current: one === preset?.id })),
      presetHelp: preset?.help,
    };
    await this.pages.show(request, reply, (frame) => ProviderForm({ frame, ...page }), status);
  }

  /** @throws PageNotFound */
  #kindOf(type: string): ProviderType {
    const kind = this.setup.types().find((one) => one.type === type);
    if (!kind) throw new PageNotFound();
    return kind;
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/providers`;
  }
}

function presetOf({ presets }: ProviderType, wanted: unknown): Preset | undefined {
  return presets.find(({ id }) => id === wanted);
}

function valuesOf(fields: readonly SchemaField[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}

function refilled(fields: readonly SchemaField[], typed: Record<string, string>): SchemaField[] {
  return fields.map((field) => ({ ...field, value: typed[field.name] ?? '' }));
}
