import { Get, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import { LeaveForTrial, TrialOutcomePage } from '../../../../admin-ui/views/providers/trial.js';
import { App } from '../../../apps/app.model.js';
import { Config } from '../../../config/config.js';
import { OutboundFailed } from '../../../outbound/outbound.errors.js';
import { writeLoginCookie } from '../../../providers/oauth2/login-cookie.js';
import { AWAY_SECONDS } from '../../../providers/oauth2/login-states.service.js';
import { LoginTrials } from '../../../providers/oauth2/login-trials.service.js';
import { ProviderConfigsService } from '../../../providers/provider-configs.service.js';
import { ObjectIdPipe } from '../../api/object-id.pipe.js';
import { AdminApp, Requires, type AdminRequest } from '../../auth/admin.decorators.js';
import { AppPage } from '../console-page.js';
import { Pages } from '../pages.service.js';

/** A login by way of the identity provider's page that makes no user. */
@AppPage('providers/:id/login')
@Requires('GROUP_ADMIN')
export class LoginTrialPage {
  constructor(
    private readonly pages: Pages,
    private readonly trials: LoginTrials,
    private readonly providers: ProviderConfigsService,
    private readonly config: Config,
  ) {}

  /** A link leads on: our forms lead nowhere else. */
  @Post()
  async leave(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const back = this.#path(app, id);
    const { name } = await this.providers.get(app, id);
    try {
      const origin = new URL(this.config.publicUrl).origin;
      const { location, trip, browser } = await this.trials.start(app, id, `${origin}${back}/login`);
      void reply.header('set-cookie', writeLoginCookie(this.config, trip.state, browser, AWAY_SECONDS));
      await this.pages.show(request, reply, (frame) => LeaveForTrial({ frame, back, name, location }));
    } catch (error) {
      if (!(error instanceof OutboundFailed)) throw error;
      const outcome = { problem: error.reason };
      await this.pages.show(request, reply, (frame) =>
        TrialOutcomePage({ frame, back, name, outcome, user: undefined }),
      );
    }
  }

  @Get(':ticket')
  async show(
    @AdminApp() app: App,
    @Param('id', ObjectIdPipe) id: ObjectId,
    @Param('ticket') ticket: string,
    @Req() request: AdminRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { name } = await this.providers.get(app, id);
    const outcome = await this.trials.look(app, id, ticket);
    const user = 'userId' in outcome && outcome.userId ? this.pages.userPath(app, outcome.userId) : undefined;
    const page = { back: this.#path(app, id), name, outcome, user };
    await this.pages.show(request, reply, (frame) => TrialOutcomePage({ frame, ...page }));
  }

  #path(app: App, id: ObjectId): string {
    return `${this.pages.pathOf(app)}/providers/${id.toHexString()}`;
  }
}
