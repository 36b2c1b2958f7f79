/**
 * Microsoft's `common` and `organizations` are not issuers but ways to many, one for each directory (tenant). What they say of
 * themselves has a place for it, and each token names its own in `tid`.
 *
 * https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-issuer
 */
const PLACE = '{tenantid}';
const TENANT = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

export function isTenantId(text: unknown): text is string {
  return typeof text === 'string' && TENANT.test(text);
}

export function isOfManyTenants(issuer: string): boolean {
  return issuer.includes(PLACE);
}

/** Whether an address is what an issuer of many stands for, with a name like `common` in the place of the tenant. */
export function standsFor(issuer: string, address: string): boolean {
  const [before = '', after, ...more] = issuer.split(PLACE);
  if (after === undefined || more.length > 0 || !address.startsWith(before) || !address.endsWith(after)) return false;
  return /^[\w.-]+$/.test(address.slice(before.length, address.length - after.length));
}

/** @returns the issuer of one tenant, or undefined for what is no tenant's id */
export function issuerOf(issuer: string, tenant: unknown): string | undefined {
  return isTenantId(tenant) ? issuer.replace(PLACE, tenant) : undefined;
}
