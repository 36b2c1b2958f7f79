import { z } from 'zod';
import {
  AccessToken,
  ApiKey,
  Free,
  KeySet,
  LoginWay,
  Nothing,
  OwnSession,
  Profile,
  Status,
  Tokens,
} from '../shapes.js';
import { under, type OperationTexts } from './operation.js';

const Credentials = z.record(z.string(), z.unknown()).describe('what the provider asks for, and `options.device`');
const TokenForm = z.object({ token: z.string(), token_type_hint: z.string().optional() });

/** What apps and their users call. */
export const CLIENT_OPERATIONS: OperationTexts = {
  'GET /health/live': { summary: 'Whether the process answers', answer: Status },
  'GET /health/ready': { summary: 'Whether requests are welcome and the store takes writes', answer: Status },
  'GET /.well-known/oauth-authorization-server/api/client/v2.0/app/{clientAppId}': {
    summary: 'Metadata of the issuer, where RFC 8414 puts it',
    answer: Free,
  },
  ...under('/api/client/v2.0/app/{clientAppId}', {
    'GET /location': { summary: 'Where clients send everything else', answer: Free },
    'POST /functions/call': { summary: 'Refused: Latchkey runs no functions', body: Free, answer: Free },
    'GET /auth/providers': { summary: 'The ways to log in that are on, for login pages', answer: z.array(LoginWay) },
    'POST /auth/providers/{name}/login': {
      summary: 'Log in through a provider, or link it to the user whose access token comes along',
      query: { link: '`true` links' },
      body: Credentials,
      answer: Tokens,
    },
    'GET /auth/providers/anon-user/login': {
      summary: 'Log in anonymously, as the 3.x SDKs do',
      query: { device: 'base64 of its JSON' },
      answer: Tokens,
    },
    'POST /auth/providers/local-userpass/register': { summary: 'Register an email address', answer: Nothing },
    'POST /auth/providers/local-userpass/confirm': { summary: 'Confirm an address', answer: Nothing },
    'POST /auth/providers/local-userpass/confirm/send': { summary: 'Send the confirmation again', answer: Nothing },
    'POST /auth/providers/local-userpass/confirm/call': { summary: 'Run the confirmation again', answer: Nothing },
    'POST /auth/providers/local-userpass/reset/call': { summary: 'Reset a password by function', answer: Free },
    'GET /auth/providers/{name}/login': {
      summary: 'Send a browser to an identity provider',
      query: { redirect: 'where it shall come back to' },
    },
    'POST /auth/providers/local-userpass/reset/send': { summary: 'Send a mail to reset a password', answer: Nothing },
    'POST /auth/providers/local-userpass/reset': { summary: 'Reset a password', answer: Nothing },
    'POST /auth/revoke': { summary: 'Revoke a token (RFC 7009)', body: TokenForm, statuses: [200] },
    'POST /auth/introspect': { summary: 'What a token is (RFC 7662)', body: TokenForm, statuses: [200], answer: Free },
    'GET /revocations': {
      summary: 'What was revoked and has not expired by itself; signed',
      query: { after: 'begin behind this number', wait: 'wait for news, so many seconds' },
      answer: Free,
    },
    'GET /revocations/stream': {
      summary: 'The same as server-sent events',
      query: { after: 'begin behind this number' },
    },
    'GET /ssf/streams': { summary: 'One’s Shared Signals stream', query: { stream_id: 'one stream' }, answer: Free },
    'POST /ssf/streams': { summary: 'Make a stream', body: Free, answer: Free },
    'PATCH /ssf/streams': { summary: 'Change a stream', body: Free, answer: Free },
    'PUT /ssf/streams': { summary: 'Replace a stream', body: Free, answer: Free },
    'DELETE /ssf/streams': { summary: 'Delete a stream', query: { stream_id: 'which' } },
    'GET /ssf/status': { summary: 'Whether a stream runs', query: { stream_id: 'which' }, answer: Free },
    'POST /ssf/status': { summary: 'Pause or go on', body: Free, answer: Free },
    'POST /ssf/verify': { summary: 'Ask for a verification event', body: Free },
    'POST /ssf/poll/{streamId}': { summary: 'Fetch events and acknowledge them (RFC 8936)', body: Free, answer: Free },
    'GET /.well-known/jwks.json': { summary: 'Public keys that access tokens verify with', answer: KeySet },
    'GET /.well-known/openid-configuration': { summary: 'Metadata of the issuer', answer: Free },
  }),
  ...under('/api/client/v2.0/auth', {
    'POST /session': { summary: 'A new access token for a refresh token', answer: AccessToken },
    'DELETE /session': { summary: 'Log out' },
    'GET /profile': { summary: 'Who is logged in', answer: Profile },
    'GET /sessions': { summary: 'Where one is logged in', answer: z.array(OwnSession) },
    'DELETE /sessions': { summary: 'Log out everywhere else', query: { except: '`current`' } },
    'DELETE /sessions/{sessionId}': { summary: 'End one of one’s sessions' },
    'PUT /password': { summary: 'Change one’s password; ends the other sessions' },
    'DELETE /identities/{id}': { summary: 'Take away a way in of one’s own', query: { provider: 'its type' } },
    'POST /merge': { summary: 'Merge the user of a refused link into one’s own', answer: Free },
    'GET /callback': { summary: 'Where identity providers send people back', query: { state: 'ours', code: 'theirs' } },
    'POST /callback': { summary: 'The same by form', body: Free },
    'DELETE /delete': { summary: 'Delete one’s user' },
    'GET /api_keys': { summary: 'One’s API keys', answer: z.array(ApiKey) },
    'POST /api_keys': { summary: 'Make an API key; it is shown once', answer: ApiKey },
    'GET /api_keys/{id}': { summary: 'One API key', answer: ApiKey },
    'DELETE /api_keys/{id}': { summary: 'Delete an API key' },
    'PUT /api_keys/{id}/enable': { summary: 'Enable an API key' },
    'PUT /api_keys/{id}/disable': { summary: 'Disable an API key' },
  }),
};
