import { Injectable } from '@nestjs/common';
import type { ObjectId } from 'mongodb';
import type { App } from '../../apps/app.model.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { IdentitiesService, identityKey } from '../../identities/identities.service.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { UsersService } from '../../users/users.service.js';
import { ProviderConfigsService } from '../provider-configs.service.js';
import type { LoginState, TrialOutcome } from './login-state.model.js';
import { LoginStates, type Departure } from './login-states.service.js';
import { causeOf, flowOf, verifiedBy } from './redirect-answer.js';
import type { Trip } from './redirect-flow.js';

/**
 * A login by redirect that an administrator tries, of a provider that need not be on yet: the real way to the identity
 * provider and back, and at its end no user and no session, but a look at what would have been stored.
 */
@Injectable()
export class LoginTrials {
  constructor(
    private readonly configs: ProviderConfigsService,
    private readonly states: LoginStates,
    private readonly users: UsersService,
    private readonly identities: IdentitiesService,
  ) {}

  /**
   * @param back address of the page that shows the outcome; gets a ticket at its end
   * @throws ProviderRecordNotFound, AuthProviderNotFound for one without redirect, InvalidParameter, OutboundFailed
   */
  async start(app: App, id: ObjectId, back: string): Promise<Departure & { location: string }> {
    const provider = await this.configs.getForTrial(app, id);
    const flow = flowOf(provider);
    const departure = await this.states.depart(app, provider.config, {
      redirect: back,
      clientState: '',
      isTrial: true,
    });
    return { ...departure, location: await flow.start(departure.trip) };
  }

  /** @returns where the browser goes on to */
  async finish(app: App, record: LoginState, answer: URLSearchParams, trip: Trip): Promise<string> {
    const outcome = await this.#outcomeOf(app, record, answer, trip);
    return `${record.redirect}/${await this.states.conclude(record, outcome)}`;
  }

  /** For some minutes, and as often as is wanted. @throws LoginStateInvalid */
  async look(app: App, id: ObjectId, ticket: string): Promise<TrialOutcome> {
    return this.states.outcomeOf(app, id, ticket);
  }

  async #outcomeOf(app: App, record: LoginState, answer: URLSearchParams, trip: Trip): Promise<TrialOutcome> {
    try {
      const provider = await this.configs.getForTrial(app, record.providerId);
      const verified = await verifiedBy(provider, answer, trip);
      const { subject, data } = verified;
      const owner = await this.users.findByIdentity(app, identityKey(provider.config.name, subject));
      const joined = owner ? null : await this.identities.findToJoin(app, provider.config, verified);
      const userId = (owner ?? joined)?._id.toHexString();
      return { subject, data: Object.entries(data), userId, joins: joined !== null };
    } catch (error) {
      // An administrator is told what a client is not.
      if (error instanceof OutboundFailed) return { problem: error.reason };
      if (!(error instanceof LatchkeyError)) throw error;
      return { problem: error.cause === undefined ? error.message : `${error.message}: ${causeOf(error)}` };
    }
  }
}
