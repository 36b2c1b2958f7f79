import type { Document } from 'mongodb';
import { contextOf as administratorPassword } from '../admin/auth/administrators.service.js';
import { contextOf as secondFactor } from '../admin/auth/second-factor.service.js';
import { refreshSecretOf } from '../apps/apps.service.js';
import { contextOf as mailBody } from '../mail/outbox.service.js';
import { contextOf as userPassword } from '../providers/local-userpass/passwords.js';
import { contextOf as secretValue } from '../secrets/secrets.service.js';
import { authorizationContext } from '../shared-signals/streams.service.js';
import { privateKeyOf } from '../signing-keys/signing-keys.service.js';

/** Where something lies that the master key seals. */
export interface SealedField {
  collection: string;
  /** With dots where it lies deeper. */
  field: string;
  /** The array whose entries have the field; absent where the document itself has it. */
  list?: string;
  /** What the value is bound to, as where it is sealed. */
  contextOf(document: Document, entry: Document): string;
}

/**
 * All of them: a change of the master key seals each anew, and what is not here could never be opened again. A test compares
 * the list with the models and with what a database holds.
 */
export const SEALED_FIELDS: readonly SealedField[] = [
  { collection: 'apps', field: 'sealedRefreshSecret', contextOf: ({ _id }) => refreshSecretOf(_id) },
  { collection: 'signing_keys', field: 'sealedPrivateKey', contextOf: ({ kid }) => privateKeyOf(kid) },
  { collection: 'secrets', field: 'sealedValue', contextOf: ({ _id }) => secretValue(_id) },
  { collection: 'administrators', field: 'sealedPassword', contextOf: ({ _id }) => administratorPassword(_id) },
  {
    collection: 'administrators',
    field: 'totp.sealedSecret',
    contextOf: ({ _id }) => secondFactor(_id.toHexString()),
  },
  {
    collection: 'administrators',
    field: 'pendingTotp.sealedSecret',
    contextOf: ({ _id }) => secondFactor(_id.toHexString()),
  },
  // The keys of administrators' tokens and of the audit trail, each bound to its name.
  { collection: 'setup', field: 'sealedKey', contextOf: ({ _id }) => String(_id) },
  { collection: 'signal_streams', field: 'sealedAuthorization', contextOf: ({ _id }) => authorizationContext(_id) },
  { collection: 'mails', field: 'sealedBody', contextOf: ({ app, _id }) => mailBody(app, _id) },
  {
    collection: 'registrations',
    field: 'sealedSecret',
    contextOf: ({ app, identityId }) => userPassword({ _id: app }, identityId),
  },
  {
    collection: 'users',
    list: 'identities',
    field: 'sealedSecret',
    contextOf: ({ app }, { id }) => userPassword({ _id: app }, id),
  },
];
