import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ObjectId } from 'mongodb';
import type { VNode } from 'preact';
import type { AppLink, Flash, Frame } from '../../../admin-ui/frame.js';
import { t } from '../../../admin-ui/strings.js';
import { Confirm, type Question } from '../../../admin-ui/views/confirm.js';
import type { App } from '../../apps/app.model.js';
import { AppsService } from '../../apps/apps.service.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { ADMIN_API, type AdminRequest } from '../auth/admin.decorators.js';
import { PRODUCTS } from '../api/apps.dto.js';
import { isAtLeast, type Role } from '../auth/roles.js';
import { takeFlash, setFlash } from './flash.js';
import { csrfTokenOf } from './csrf.guard.js';
import { formIn } from './form.js';
import { consoleBase } from './links.js';
import { sendPage } from './page-answer.js';

/** A question that stands between a button and what it does. */
export type Asked = Omit<Question, 'action' | 'fields' | 'problem'> & {
  fields?: Record<string, string>;
  /** One of these must be typed. */
  typed?: { label: string; accepted: readonly string[] };
};

/** How every page of the console is answered. */
@Injectable()
export class Pages {
  constructor(
    private readonly apps: AppsService,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * @param view of a page, given the frame that it stands in
   * @param wanted.live whether its script may ask for the page again
   */
  async show(
    request: AdminRequest,
    reply: FastifyReply,
    view: (frame: Frame) => VNode,
    status = 200,
    wanted: { live?: boolean } = {},
  ): Promise<void> {
    sendPage(reply, status, view(await this.#frame(request, reply)), wanted);
  }

  /** After a form: to the page that shows what it did. @param to below `/console`, or an app's page */
  go(reply: FastifyReply, to: string, flash?: Flash): void {
    if (flash) setFlash(reply, this.config, flash);
    void reply.code(303).header('location', to).send();
  }

  /** @param made what the route of the Admin API would have answered, as far as the audit trail looks at it */
  done(reply: FastifyReply, to: string, text: string, made?: { _id: string }): void {
    this.did(reply, made);
    this.go(reply, to, { kind: 'done', text });
  }

  /** After a form in which nothing was changed. */
  unchanged(reply: FastifyReply, to: string): void {
    this.go(reply, to, { kind: 'done', text: t.settings.unchanged });
  }

  /** To be called where a form did something, and its answer is not `done`: the audit trail asks. */
  did(reply: FastifyReply, answer?: unknown): void {
    (reply.request as AdminRequest).latchkeyOutcome = { answer };
  }

  /** @returns true once the answer is yes, and where something had to be typed, it was */
  async confirmed(request: AdminRequest, reply: FastifyReply, asked: Asked): Promise<boolean> {
    const { typed, fields = {}, ...question } = asked;
    const form = formIn(request.body);
    const agreed = form.get('confirm') === 'yes';
    const given = form.get('typed').trim();
    if (agreed && (!typed || (given !== '' && typed.accepted.includes(given)))) return true;
    const problem = agreed;
    const action = pathOf(request.url, this.base);
    await this.show(
      request,
      reply,
      (frame) => Confirm({ frame, ...question, action, fields, problem, typed: typed?.label }),
      problem ? 400 : 200,
    );
    return false;
  }

  pathOf(app: App): string {
    return `${this.base}/groups/${app.group.toHexString()}/apps/${app._id.toHexString()}`;
  }

  userPath(app: App, id: ObjectId | string): string {
    return `${this.pathOf(app)}/users/${id.toString()}`;
  }

  get base(): string {
    return consoleBase(this.config);
  }

  /** Those of all groups where the caller has a role. */
  async appsOf(request: AdminRequest): Promise<App[]> {
    const groups = (request.latchkeyAdmin?.roles ?? []).map(({ groupId }) => groupId);
    return (await Promise.all(groups.map((group: ObjectId) => this.apps.listOf(group, PRODUCTS)))).flat();
  }

  async #frame(request: AdminRequest, reply: FastifyReply): Promise<Frame> {
    const { latchkeyAdmin: caller, latchkeyAdminApp: app } = request;
    const may = (role: Role): boolean => {
      const own = app && caller?.roleIn(app.group);
      return app ? own !== undefined && isAtLeast(own, role) : (caller?.hasSomewhere(role) ?? false);
    };
    return {
      base: this.base,
      csrf: csrfTokenOf(request, this.config) ?? '',
      email: caller?.name ?? '',
      flash: takeFlash(request, reply, this.config),
      apps: (await this.appsOf(request)).map((one) => this.#link(one)),
      app: app && this.#link(app),
      can: {
        support: may('GROUP_SUPPORT'),
        admin: may('GROUP_ADMIN'),
        server: caller?.hasSomewhere('GROUP_ADMIN') ?? false,
      },
      publicUrl: this.config.publicUrl,
      now: this.clock.now(),
    };
  }

  #link(app: App): AppLink {
    const { name, clientAppId } = app;
    const apiPath = this.pathOf(app).replace(/\/console(?=\/groups\/)/, `/${ADMIN_API}`);
    return { name, clientAppId, path: this.pathOf(app), apiPath };
  }
}

/** The page's own address, with what a proxy has taken off put back. */
function pathOf(url: string, base: string): string {
  return base.slice(0, -'/console'.length) + url;
}
