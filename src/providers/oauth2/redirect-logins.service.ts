import { Injectable, Logger } from '@nestjs/common';
import { allowsAddress } from '../../apps/access-list.js';
import type { App } from '../../apps/app.model.js';
import { AddressNotAllowed } from '../../apps/apps.errors.js';
import { AppsService } from '../../apps/apps.service.js';
import { Config } from '../../config/config.js';
import { answerTo } from '../../errors/error-body.js';
import { InvalidParameter, MissingParameter } from '../../errors/errors.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { RedirectLoginLimit } from '../../rate-limits/limits.js';
import type { Caller } from '../../sessions/authenticator.js';
import { InvalidSession } from '../../sessions/sessions.errors.js';
import { SessionsService, type ClientContext } from '../../sessions/sessions.service.js';
import { decodeDevice } from '../device-in-query.js';
import { LoginService } from '../login.service.js';
import { ProviderConfigsService, type ActiveProvider } from '../provider-configs.service.js';
import { AuthProviderNotFound } from '../providers.errors.js';
import { withAnswer } from './fragment.js';
import type { LoginState } from './login-state.model.js';
import { LoginTrials } from './login-trials.service.js';
import { LoginStates, type Departure, type Wanted } from './login-states.service.js';
import { LoginStateInvalid, RedirectNotAllowed } from './oauth2.errors.js';
import { causeOf, flowOf, verifiedBy } from './redirect-answer.js';
import type { RedirectFlow } from './redirect-flow.js';
import { readStart } from './redirect-uris.js';

/** Where the browser goes next, and how it is known when it comes back. */
export interface Leaving extends Departure {
  location: string;
}

/** What the page of a link shows. */
export interface LinkOffer {
  app: App;
  provider: ActiveProvider;
  /** Of the user, for people to recognise. */
  data: Record<string, string>;
  userId: string;
}

export type Client = Omit<ClientContext, 'device'>;

const LONGEST_STATE = 1_024;
const LONGEST_DEVICE = 4_096;

/** Logs in, and links, by way of an identity provider's page (client-api.md section 10). */
@Injectable()
export class RedirectLogins {
  readonly #logger = new Logger(RedirectLogins.name);

  constructor(
    private readonly apps: AppsService,
    private readonly configs: ProviderConfigsService,
    private readonly states: LoginStates,
    private readonly trials: LoginTrials,
    private readonly login: LoginService,
    private readonly sessions: SessionsService,
    private readonly limit: RedirectLoginLimit,
    private readonly config: Config,
  ) {}

  /** @throws AuthProviderNotFound, RedirectNotAllowed, MissingParameter, InvalidParameter, TooManyRequests, OutboundFailed */
  async start(app: App, providerName: string, query: string, ip: string): Promise<Leaving> {
    const { active, flow, wanted } = await this.#wanted(app, providerName, query, ip);
    const departure = await this.states.depart(app, active.config, wanted);
    return { ...departure, location: await flow.start(departure.trip) };
  }

  /** @returns the address of a page that asks before it links; for {@link start}'s reasons it may throw */
  async offerLink({ app, live }: Caller, providerName: string, query: string, ip: string): Promise<string> {
    const { active, wanted } = await this.#wanted(app, providerName, query, ip);
    const ticket = await this.states.offer(app, active.config, wanted, { user: live.user.id, session: live.id });
    return `${this.config.publicUrl}/api/client/v2.0/auth/link/${ticket}`;
  }

  /** @throws LoginStateInvalid */
  async lookAtOffer(ticket: string, browser: string, ip: string): Promise<LinkOffer> {
    const record = await this.states.look(ticket, browser);
    const app = await this.#appOf(record, ip);
    const { live } = await this.#callerOf(app, record);
    return { app, provider: await this.#activeOf(app, record), data: live.user.data, userId: live.user.id };
  }

  /** @throws LoginStateInvalid, and what a start throws */
  async acceptOffer(ticket: string, browser: string, ip: string): Promise<Leaving> {
    const { record, departure } = await this.states.accept(ticket, browser);
    const app = await this.#appOf(record, ip);
    await this.#callerOf(app, record);
    const flow = flowOf(await this.#activeOf(app, record));
    return { ...departure, location: await flow.start(departure.trip) };
  }

  /**
   * @param answer what the identity provider sent the browser back with
   * @returns the app's page, with the session or with the reason why there is none
   * @throws LoginStateInvalid where it is not known which page that is
   */
  async finish(answer: URLSearchParams, browser: string | undefined, client: Client): Promise<string> {
    const state = answer.get('state');
    if (!state || browser === undefined) throw new LoginStateInvalid();
    const { record, trip } = await this.states.arrive(state, browser);
    const app = await this.#appOf(record, client.ip);
    if (record.isTrial) return this.trials.finish(app, record, answer, trip);
    const { redirect, clientState, link } = record;
    const back = { app: app.clientAppId, state: clientState };
    try {
      const context = { ...client, device: decodeDevice(record.device) };
      const active = await this.#activeOf(app, record);
      const verify = () => verifiedBy(active, answer, trip);
      // Whoever is linking may have been logged out while the identity provider was asked.
      const verifyToLink = async () => {
        const identity = await verify();
        await this.#callerOf(app, record);
        return identity;
      };
      const session = link
        ? await this.login.linkAndOpen(await this.#callerOf(app, record), active, context, verifyToLink)
        : await this.login.logInBy(app, active, context, verify);
      return withAnswer(redirect, { ...back, session, link: link !== undefined });
    } catch (error) {
      this.#log(error);
      const { body } = answerTo(error);
      const { merge_ticket: mergeTicket } = body as { merge_ticket?: string };
      return withAnswer(redirect, { ...back, error: body.error, mergeTicket });
    }
  }

  async #wanted(
    app: App,
    providerName: string,
    query: string,
    ip: string,
  ): Promise<{ active: ActiveProvider; flow: RedirectFlow; wanted: Wanted }> {
    const active = await this.configs.getActive(app, providerName);
    const flow = flowOf(active);
    const start = readStart(query, listedBy(active));
    if (!start) throw new RedirectNotAllowed();
    const clientState = start.rest.get('state');
    if (!clientState) throw new MissingParameter("'state' is required");
    if (clientState.length > LONGEST_STATE) {
      throw new InvalidParameter(`'state' has at most ${LONGEST_STATE} characters`);
    }
    await this.limit.charge(app.clientAppId, ip);
    const device = start.rest.get('device') ?? undefined;
    const { redirect } = start;
    return { active, flow, wanted: { redirect, clientState, ...(isShort(device) ? { device } : {}) } };
  }

  /** @throws LoginStateInvalid where the app is gone, AddressNotAllowed */
  async #appOf(record: LoginState, ip: string): Promise<App> {
    const app = await this.apps.findById(record.app);
    if (!app) throw new LoginStateInvalid();
    if (!allowsAddress(app, () => ip)) throw new AddressNotAllowed();
    return app;
  }

  /** The same one that the login began with. @throws AuthProviderNotFound */
  async #activeOf(app: App, { providerName, providerId }: LoginState): Promise<ActiveProvider> {
    const active = await this.configs.getActive(app, providerName);
    if (!active.config._id.equals(providerId)) throw new AuthProviderNotFound(providerName);
    return active;
  }

  /** @throws InvalidSession when the session that wanted the link is over */
  async #callerOf(app: App, { link }: LoginState): Promise<Caller> {
    const live = link && (await this.sessions.find(app, link.session));
    if (!live || live.user.id !== link.user) throw InvalidSession.accessTokenRefused();
    return { app, live };
  }

  #log(error: unknown): void {
    if (!(error instanceof LatchkeyError)) this.#logger.error(error);
    else if (error.cause !== undefined) this.#logger.warn(`${error.message}: ${causeOf(error)}`);
  }
}

function listedBy({ config }: ActiveProvider): string[] {
  const listed = config.settings['redirect_uris'];
  return Array.isArray(listed) ? listed.filter((uri): uri is string => typeof uri === 'string') : [];
}

function isShort(device: string | undefined): device is string {
  return device !== undefined && device.length <= LONGEST_DEVICE;
}
