import { z } from 'zod';
import {
  AccessToken,
  Administrator,
  AdminKey,
  AdminSession,
  App,
  AuditEvent,
  Free,
  Group,
  Profile,
  ProviderSummary,
  System,
  Tokens,
} from '../shapes.js';
import { under, type OperationTexts } from './operation.js';

const COOKIE = { cookie: '`true` keeps the session in a cookie and shows no token' };

export const AUDIT_QUERY = {
  after: 'begin behind this entry',
  limit: 'at most so many',
  type: 'of this type',
  user_id: 'about this user',
  actor: 'done by this id',
  format: '`json` or `csv`',
};

/** What administrators call that belongs to no app. */
export const ADMIN_OPERATIONS: OperationTexts = {
  'GET /api/private/v1.0/version': { summary: 'What tools ask first', answer: Free },
  'GET /api/public/v1.0': { summary: 'What tools ask first', answer: Free },
  ...under('/api/admin/v3.0', {
    'GET /auth/providers': { summary: 'How administrators log in', answer: z.array(ProviderSummary) },
    'POST /auth/providers/local-userpass/login': { summary: 'Log in by password', query: COOKIE, answer: Tokens },
    'POST /auth/providers/mongodb-cloud/login': { summary: 'Log in by key pair', query: COOKIE, answer: Tokens },
    'POST /auth/providers/api-key/login': { summary: 'Log in by private key', query: COOKIE, answer: Tokens },
    'POST /auth/session': { summary: 'A new access token', answer: AccessToken },
    'DELETE /auth/session': { summary: 'Log out' },
    'GET /auth/profile': { summary: 'Who is logged in, and in which groups', answer: Profile },
    'PUT /auth/password': { summary: 'Change one’s password' },
    'POST /auth/totp': { summary: 'Begin a second factor; with its first code, turn it on', answer: Free },
    'DELETE /auth/totp': { summary: 'Turn the second factor off' },
    'POST /auth/totp/recovery_codes': {
      summary: 'New recovery codes, for the password or a code',
      answer: z.object({ recovery_codes: z.array(z.string()) }),
    },
    'GET /auth/sessions': { summary: 'Where one is logged in', answer: z.array(AdminSession) },
    'DELETE /auth/sessions': { summary: 'End one’s sessions', query: { except: '`current` keeps this one' } },
    'DELETE /auth/sessions/{sessionId}': { summary: 'End one of one’s sessions' },
    'POST /auth/invitations/accept': {
      summary: 'Become an administrator by invitation',
      answer: z.object({ user_id: z.string(), email: z.string() }),
    },
    'GET /system': { summary: 'Store, sizes, version, and warnings that say what to do', answer: System },
    'GET /groups': { summary: 'One’s groups', answer: z.array(Group) },
    'POST /groups': { summary: 'Make a group and own it', answer: Group },
  }),
  ...under('/api/admin/v3.0/groups/{groupId}', {
    'GET /administrators': { summary: 'Who has a role, and who is invited', answer: z.array(Administrator) },
    'POST /administrators': { summary: 'Invite an administrator', answer: Administrator },
    'PATCH /administrators/{id}': { summary: 'Change a role' },
    'DELETE /administrators/{id}': { summary: 'Take a role away' },
    'DELETE /administrators/{id}/totp': { summary: 'Reset the second factor of somebody who has lost it' },
    'GET /api_keys': { summary: 'Key pairs of programs', answer: z.array(AdminKey) },
    'POST /api_keys': { summary: 'Make a key pair', answer: AdminKey },
    'DELETE /api_keys/{id}': { summary: 'Delete a key pair' },
    'GET /audit': { summary: 'What happened outside of apps', query: AUDIT_QUERY, answer: z.array(AuditEvent) },
    'GET /apps': {
      summary: 'The apps of a group',
      query: { product: 'a comma list; `standard` where it is absent' },
      answer: z.array(App),
    },
    'POST /apps': { summary: 'Make an app', query: { product: '`standard`' }, answer: App },
  }),
};
