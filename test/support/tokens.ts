/** The pieces of a compact JWS, and what attackers do to them. */
export type Claims = Record<string, unknown>;

export function headerOf(token: string): Claims {
  return decode(token.split('.')[0]);
}

export function claimsOf(token: string): Claims {
  return decode(token.split('.')[1]);
}

/** The same token with one character of the signature changed (one in the middle, where every bit counts). */
export function withBrokenSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const at = Math.floor(signature.length / 2);
  const other = signature[at] === 'A' ? 'B' : 'A';
  return `${header}.${payload}.${signature.slice(0, at)}${other}${signature.slice(at + 1)}`;
}

/** The token's signature under claims it was not made for. */
export function withClaims(token: string, changed: Claims): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encode({ ...claimsOf(token), ...changed })}.${signature}`;
}

/** The token's signature under another header. */
export function withHeader(token: string, changed: Claims): string {
  const [, payload, signature] = token.split('.');
  return `${encode({ ...headerOf(token), ...changed })}.${payload}.${signature}`;
}

export function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url');
}

function decode(part = ''): Claims {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Claims;
}
