import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../../apps/app.model.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { callbackUrlOf } from './callback-url.js';
import { randomToken, sha256 } from '../../crypto/tokens.js';
import { MAX_TIME_MS } from '../../database/database.js';
import type { ProviderConfig } from '../provider-config.model.js';
import { LoginState, type LinkTarget, type TrialOutcome } from './login-state.model.js';
import { LoginStateInvalid } from './oauth2.errors.js';
import type { Trip } from './redirect-flow.js';

/** What an app asks for: where the browser is to end, and what it is to bring. */
export interface Wanted {
  redirect: string;
  clientState: string;
  device?: string | undefined;
  isTrial?: boolean;
}

/** What the browser gets to know: the cookie's value, and the name that sets it apart from other logins of this browser. */
export interface Departure {
  trip: Trip;
  browser: string;
}

export const AWAY_SECONDS = 600;
export const OFFERED_SECONDS = 120;

/** Logins by redirect that are under way. One write decides each step, so none is taken twice. */
@Injectable()
export class LoginStates {
  constructor(
    @InjectModel(LoginState.name) private readonly states: Model<LoginState>,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** The browser leaves for the identity provider. */
  async depart(app: App, provider: ProviderConfig, wanted: Wanted): Promise<Departure> {
    const state = randomToken();
    const browser = randomToken();
    await this.states.collection.insertOne({
      ...this.#recordOf(app, provider, wanted),
      stage: 'away',
      secretHash: sha256(state),
      browserHash: sha256(browser),
      expiresAt: this.#in(AWAY_SECONDS),
    });
    return { trip: this.#tripOf(state, browser), browser };
  }

  /** A page will ask before anything is linked. @returns its one-time ticket */
  async offer(app: App, provider: ProviderConfig, wanted: Wanted, link: LinkTarget): Promise<string> {
    const ticket = randomToken();
    await this.states.collection.insertOne({
      ...this.#recordOf(app, provider, wanted),
      link,
      stage: 'offered',
      secretHash: sha256(ticket),
      expiresAt: this.#in(OFFERED_SECONDS),
    });
    return ticket;
  }

  /** The page is opened: from now on it is that browser's alone. @throws LoginStateInvalid */
  async look(ticket: string, browser: string): Promise<LoginState> {
    const browserHash = sha256(browser);
    const filter = {
      ...this.#live('offered', ticket),
      $or: [{ browserHash: { $exists: false } }, { browserHash }],
    };
    return found(
      await this.states.collection.findOneAndUpdate(filter, { $set: { browserHash } }, { maxTimeMS: MAX_TIME_MS }),
    );
  }

  /** The page's button: the ticket is used up, and the browser leaves. @throws LoginStateInvalid */
  async accept(ticket: string, browser: string): Promise<{ record: LoginState; departure: Departure }> {
    const state = randomToken();
    const next = randomToken();
    const $set = {
      stage: 'away',
      secretHash: sha256(state),
      browserHash: sha256(next),
      expiresAt: this.#in(AWAY_SECONDS),
    };
    const filter = { ...this.#live('offered', ticket), browserHash: sha256(browser) };
    const record = found(await this.states.collection.findOneAndUpdate(filter, { $set }, { maxTimeMS: MAX_TIME_MS }));
    return { record, departure: { trip: this.#tripOf(state, next), browser: next } };
  }

  /** The browser is back: used up by that. @throws LoginStateInvalid */
  async arrive(state: string, browser: string): Promise<{ record: LoginState; trip: Trip }> {
    const filter = { ...this.#live('away', state), browserHash: sha256(browser) };
    const record = found(await this.states.collection.findOneAndDelete(filter, { maxTimeMS: MAX_TIME_MS }));
    return { record, trip: this.#tripOf(state, browser) };
  }

  /** What came of a login that was tried. @returns the ticket that shows it */
  async conclude({ app, providerName, providerId, redirect }: LoginState, outcome: TrialOutcome): Promise<string> {
    const ticket = randomToken();
    await this.states.collection.insertOne({
      _id: new ObjectId(),
      app,
      providerName,
      providerId,
      redirect,
      clientState: '',
      outcome,
      stage: 'tried',
      secretHash: sha256(ticket),
      expiresAt: this.#in(AWAY_SECONDS),
    });
    return ticket;
  }

  /** @throws LoginStateInvalid */
  async outcomeOf(app: App, providerId: ObjectId, ticket: string): Promise<TrialOutcome> {
    const filter = { ...this.#live('tried', ticket), app: app._id, providerId };
    return found(await this.states.collection.findOne(filter, { maxTimeMS: MAX_TIME_MS })).outcome!;
  }

  #recordOf(app: App, provider: ProviderConfig, { redirect, clientState, device, isTrial = false }: Wanted) {
    return {
      _id: new ObjectId(),
      app: app._id,
      providerName: provider.name,
      providerId: provider._id,
      redirect,
      clientState,
      ...(device === undefined ? {} : { device }),
      ...(isTrial ? { isTrial } : {}),
    };
  }

  #live(stage: LoginState['stage'], secret: string) {
    return { secretHash: sha256(secret), stage, expiresAt: { $gt: this.clock.now() } };
  }

  #in(seconds: number): Date {
    return new Date(this.clock.now().getTime() + seconds * 1_000);
  }

  /** Made of the cookie, which only the browser keeps: nothing of it is stored. */
  #tripOf(state: string, browser: string): Trip {
    const derive = (use: string): string => createHash('sha256').update(`${use}:${browser}`).digest('base64url');
    return {
      state,
      nonce: derive('nonce'),
      codeVerifier: derive('code verifier'),
      callbackUrl: callbackUrlOf(this.config),
    };
  }
}

function found(record: unknown): LoginState {
  if (!record) throw new LoginStateInvalid();
  return record as LoginState;
}
