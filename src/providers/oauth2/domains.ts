import { z } from 'zod';
import { DomainNotAllowed } from './oauth2.errors.js';

/** `domain_restrictions` of a provider. */
export const allowedDomains = z.array(z.string().max(253)).max(100).nullish().meta({ title: 'Allowed domains' });

type AllowedDomains = z.infer<typeof allowedDomains>;

/** An empty entry restricts nothing. */
export function areRestricted(domains: AllowedDomains): boolean {
  return (domains ?? []).some(Boolean);
}

/**
 * @param allowed where there are none, all are
 * @param emails what the identity provider vouches for; one that is of an allowed domain is enough
 * @throws DomainNotAllowed
 */
export function checkDomain(allowed: readonly string[] | null | undefined, ...emails: unknown[]): void {
  checkAllowed(
    allowed,
    ...emails.filter((email) => typeof email === 'string').map((email) => email.slice(email.lastIndexOf('@') + 1)),
  );
}

export function checkAllowed(
  allowed: readonly string[] | null | undefined,
  ...domains: readonly (string | undefined)[]
): void {
  const wanted = new Set((allowed ?? []).filter(Boolean).map((name) => name.toLowerCase()));
  if (wanted.size === 0 || domains.some((domain) => domain !== undefined && wanted.has(domain.toLowerCase()))) return;
  throw new DomainNotAllowed(domains[0]);
}
