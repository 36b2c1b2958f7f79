import { OAuthError } from './oauth.errors.js';

export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** RFC 7009 §2.1 and RFC 7662 §2.1, with who asks. */
export interface TokenRequest extends ClientCredentials {
  token: string;
}

const BASIC = /^Basic +([A-Za-z0-9+/]+=*) *$/i;

/**
 * @param body as `takeForms` gives it
 * @throws OAuthError
 */
export function tokenRequestIn(body: unknown, authorization: string | undefined): TokenRequest {
  if (!(body instanceof URLSearchParams)) {
    throw OAuthError.invalidRequest('the body must be application/x-www-form-urlencoded');
  }
  // RFC 6749 §3.2: none may come twice, and one without a value counts as left out.
  for (const name of body.keys()) {
    if (body.getAll(name).length > 1) throw OAuthError.invalidRequest('a parameter is given more than once');
  }
  const credentials = credentialsIn(body, authorization);
  const token = body.get('token');
  if (!token) throw OAuthError.invalidRequest('the parameter token is missing');
  return { ...credentials, token };
}

/** RFC 6749 §2.3.1: in the header, or in the body, not in both (§2.3). */
function credentialsIn(body: URLSearchParams, authorization: string | undefined): ClientCredentials {
  const clientId = body.get('client_id');
  const clientSecret = body.get('client_secret');
  if (authorization === undefined) {
    if (!clientId || !clientSecret) throw OAuthError.invalidClient();
    return { clientId, clientSecret };
  }
  if (clientSecret) throw OAuthError.invalidRequest('the client authenticates in more than one way');
  const basic = basicIn(authorization);
  if (clientId && clientId !== basic.clientId) throw OAuthError.invalidClient();
  return basic;
}

/** @throws OAuthError */
export function basicIn(authorization: string): ClientCredentials {
  const encoded = BASIC.exec(authorization)?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  if (!id || !secret) throw OAuthError.invalidClient();
  try {
    return { clientId: formDecoded(id), clientSecret: formDecoded(secret) };
  } catch {
    throw OAuthError.invalidClient();
  }
}

/** @throws URIError */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
