import { DomainNotAllowed } from './oauth2.errors.js';

/**
 * @param allowed where there are none, all are
 * @param email one that the identity provider vouches for
 * @throws DomainNotAllowed
 */
export function checkDomain(allowed: readonly string[] | null | undefined, email: unknown): void {
  checkAllowed(allowed, typeof email === 'string' ? email.slice(email.lastIndexOf('@') + 1) : undefined);
}

export function checkAllowed(allowed: readonly string[] | null | undefined, domain: string | undefined): void {
  const wanted = (allowed ?? []).filter(Boolean).map((name) => name.toLowerCase());
  if (wanted.length === 0 || (domain !== undefined && wanted.includes(domain.toLowerCase()))) return;
  throw new DomainNotAllowed(domain);
}
