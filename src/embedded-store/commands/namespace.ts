import type { Doc } from '../bson/value.js';
import { MongoError } from '../errors.js';
import type { Collection } from '../storage/collection.js';
import type { Call } from './command.js';
import { createCollection } from '../storage/schema.js';
import { MAX_NAMESPACE_BYTES } from './limits.js';

/** `<database>.<collection>` of a command whose first field names the collection. */
export function namespaceOf({ database, args }: Call, field = [...args.keys()][0]!): string {
  const name = args.get(field);
  if (typeof name !== 'string') throw new MongoError(73, `collection name has invalid type`);
  return checkedNamespace(database, name);
}

/** @throws MongoError 73 */
export function checkedNamespace(database: string, name: string): string {
  checkDatabase(database);
  const namespace = `${database}.${name}`;
  const isBad = name === '' || name.startsWith('.') || name.endsWith('.') || name.includes('\0') || name.includes('$');
  if (isBad || name.startsWith('system.')) throw new MongoError(73, `Invalid namespace specified '${namespace}'`);
  if (Buffer.byteLength(namespace) > MAX_NAMESPACE_BYTES) {
    throw new MongoError(
      73,
      `Fully qualified namespace is too long. Namespace: ${namespace} Max: ${MAX_NAMESPACE_BYTES}`,
    );
  }
  return namespace;
}

/** Of a client that names database and collection in one. @throws MongoError 73 */
export function partsOf(text: string): { database: string; namespace: string } {
  const dot = text.indexOf('.');
  const database = text.slice(0, Math.max(dot, 0));
  return { database, namespace: checkedNamespace(database, text.slice(dot + 1)) };
}

export function checkDatabase(database: string): void {
  if (database !== '' && database.length < 64 && !/[/\\. "$\0]/.test(database)) return;
  throw new MongoError(73, `Invalid database name: '${database}'`);
}

/** The collection that a read names; undefined when there is none. In a transaction it must not be younger than the snapshot. */
export function findCollection(call: Call, namespace: string): Collection | undefined {
  const collection = call.server.engine.catalog.find(namespace);
  if (collection) call.transaction?.use(collection);
  return collection;
}

/** The collection that a write names, made if need be: at once and durably, but for others to see only when a transaction that asks commits. */
export async function ensureCollection(call: Call, namespace: string): Promise<Collection> {
  const { server, transaction } = call;
  const existing = server.engine.catalog.find(namespace);
  if (!existing) {
    const { collection } = await createCollection(server.engine, namespace, {
      isProvisional: transaction !== undefined,
    });
    transaction?.useNew(collection);
    return collection;
  }
  if (existing.isProvisional && !transaction?.hasMade(existing)) existing.isProvisional = false;
  transaction?.use(existing);
  return existing;
}

export const wasDropped = (namespace: string): MongoError =>
  new MongoError(175, `collection ${namespace} was dropped while the operation ran`);

/** `let` of a command. */
export function variablesOf(args: Doc): Doc | undefined {
  const variables = args.get('let');
  if (variables === undefined || variables instanceof Map) return variables;
  throw new MongoError(14, "BSON field 'let' is the wrong type, expected type 'object'");
}
