import { Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { t } from '../../../admin-ui/strings.js';
import { SigningKeys } from '../../../admin-ui/views/signing.js';
import { App } from '../../apps/app.model.js';
import { Config } from '../../config/config.js';
import { SigningKeyNotFound } from '../../signing-keys/signing-keys.errors.js';
import { SigningKeysService, type KeyRecord } from '../../signing-keys/signing-keys.service.js';
import { AdminApp, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { Pages } from './pages.service.js';

/** The keys that sign an app's access tokens; never a private one. */
@AppPage('signing')
export class SigningPage {
  constructor(
    private readonly pages: Pages,
    private readonly keys: SigningKeysService,
    private readonly config: Config,
  ) {}

  @Get()
  async list(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const keys = (await this.keys.list(app)).map(rowOf);
    const { publicUrl } = this.config;
    const jwksUrl = `${publicUrl}/api/client/v2.0/app/${app.clientAppId}/.well-known/jwks.json`;
    const path = this.#path(app);
    await this.pages.show(request, reply, (frame) => SigningKeys({ frame, path, keys, jwksUrl }));
  }

  @Post('rotate')
  async rotate(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    const { rotateTitle: title, rotateText: text, rotate: button } = t.signing;
    const asked = { title, text, button, section: 'signing', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.keys.rotate(app);
    this.pages.done(reply, this.#path(app), t.signing.rotated);
  }

  @Post(':kid/retire')
  async retire(
    @AdminApp() app: App,
    @Param('kid') kid: string,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!(await this.keys.list(app)).some(({ key }) => key.kid === kid)) throw new SigningKeyNotFound();
    const { retireTitle: title, retireText: text, retire: button } = t.signing;
    const typed = { label: t.signing.retireTyped(kid), accepted: [kid] };
    const asked = { title, text, button, typed, section: 'signing', cancel: this.#path(app) } as const;
    if (!(await this.pages.confirmed(request, reply, asked))) return;
    await this.keys.retire(app, kid);
    this.pages.done(reply, this.#path(app), t.signing.retired);
  }

  #path(app: App): string {
    return `${this.pages.pathOf(app)}/signing`;
  }
}

function rowOf({ key, state }: KeyRecord) {
  const { kid, algorithm, createdAt, usedFrom = createdAt, removeAt, retiredAt } = key;
  return { kid, algorithm, state, createdAt, usedFrom, until: retiredAt ? undefined : removeAt };
}
