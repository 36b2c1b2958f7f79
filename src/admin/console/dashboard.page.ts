import { Body, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { t } from '../../../admin-ui/strings.js';
import { Dashboard } from '../../../admin-ui/views/dashboard.js';
import { App } from '../../apps/app.model.js';
import { ClientAddress } from '../../http/client-address.js';
import { InvalidPassword } from '../../providers/local-userpass/local-userpass.errors.js';
import { LoginService } from '../../providers/login.service.js';
import { ProviderConfigsService } from '../../providers/provider-configs.service.js';
import { UserListService } from '../../users/user-list.service.js';
import { AdminApp, RequiresToWrite, type AdminRequest } from '../auth/admin.decorators.js';
import { AppPage } from './console-page.js';
import { formIn } from './form.js';
import { problemIn } from './one-time.form.js';
import { Pages } from './pages.service.js';

type Tried = Partial<Pick<Parameters<typeof Dashboard>[0], 'tried' | 'tryProblem' | 'way' | 'email'>>;

/** Those that need nothing but what can be typed. */
const TRIABLE = new Set(['anon-user', 'local-userpass']);

/** The first page of an app. */
@AppPage()
@RequiresToWrite('GROUP_SUPPORT')
export class DashboardPage {
  constructor(
    private readonly pages: Pages,
    private readonly users: UserListService,
    private readonly providers: ProviderConfigsService,
    private readonly login: LoginService,
    private readonly addresses: ClientAddress,
  ) {}

  @Get()
  async show(@AdminApp() app: App, @Req() request: AdminRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#show(app, request, reply);
  }

  /** The same login as by the client API, limits and audit trail included. */
  @Post('try')
  async tryIt(
    @AdminApp() app: App,
    @Body() body: unknown,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const form = formIn(body);
    const [way, email] = [form.get('way'), form.get('email').trim()];
    const credentials = way === 'local-userpass' ? { username: email, password: form.get('password') } : {};
    const client = { ip: this.addresses.of(request), userAgent: request.headers['user-agent'] };
    try {
      const { accessToken, refreshToken, userId } = await this.login.logIn(app, way, credentials, client);
      const userPath = this.pages.userPath(app, userId);
      const tried = { access: claimsOf(accessToken), refresh: claimsOf(refreshToken), userPath };
      await this.#show(app, request, reply, { tried, way, email });
    } catch (error) {
      const { status, text } = problemIn(error);
      const tryProblem = error instanceof InvalidPassword ? t.login.wrong : text;
      await this.#show(app, request, reply, { tryProblem, way, email }, status);
    }
  }

  async #show(app: App, request: AdminRequest, reply: FastifyReply, tried: Tried = {}, status = 200): Promise<void> {
    const [users, providers] = await Promise.all([this.users.countLately(app), this.providers.list(app)]);
    const ways = providers.filter(({ type, disabled }) => !disabled && TRIABLE.has(type)).map(({ name }) => name);
    const page = { users, providers, origins: app.allowedOrigins, ways, ...tried };
    await this.pages.show(request, reply, (frame) => Dashboard({ frame, app: frame.app!, ...page }), status);
  }
}

/** Header and claims of a token: what anybody who holds it can read. */
function claimsOf(token: string): string {
  const parts = token.split('.').slice(0, 2);
  return parts
    .map((part) => JSON.stringify(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')), null, 2))
    .join('\n');
}
