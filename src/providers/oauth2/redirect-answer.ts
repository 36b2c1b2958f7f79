import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import type { ActiveProvider } from '../provider-configs.service.js';
import { AuthProviderNotFound } from '../providers.errors.js';
import { ExternalLoginRefused } from './oauth2.errors.js';
import type { RedirectFlow, Trip } from './redirect-flow.js';

/** Whose login it is that the browser came back from. @throws ExternalLoginRefused, OutboundFailed */
export async function verifiedBy(
  active: ActiveProvider,
  answer: URLSearchParams,
  trip: Trip,
): Promise<VerifiedIdentity> {
  const error = answer.get('error');
  if (error === null) {
    if (!answer.get('code')) throw new ExternalLoginRefused('the identity provider sent no code');
    return flowOf(active).finish(answer, trip);
  }
  // Only what the standards know as an error's name: the text comes from outside.
  const name = /^[a-z_.]{1,64}$/i.test(error) ? error : 'an error that has no name';
  throw new ExternalLoginRefused(`the identity provider answered: ${name}`);
}

/** @throws AuthProviderNotFound for one that has no page of its own */
export function flowOf({ strategies, config }: ActiveProvider): RedirectFlow {
  if (!strategies.redirect) throw new AuthProviderNotFound(config.name);
  return strategies.redirect;
}

/** Why, for whoever runs the server. Some errors of packages have no message. */
export function causeOf({ cause }: Error): string {
  const { message, name } = cause as { message?: string; name?: string };
  return (message ?? name ?? 'unknown reason').slice(0, 300);
}
