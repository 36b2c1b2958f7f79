import type { ObjectId } from 'mongodb';
import type { ApiKey } from '../../providers/api-key/api-key.model.js';
import type { Identity } from '../../users/identity.schema.js';
import type { StoredUser } from '../../users/users.service.js';

/** What becomes of two users as they become one. */
export interface MergePlan {
  /** Of the one that is left, oldest first. */
  identities: Identity[];
  movedIdentities: Identity[];
  /** A second email, and anonymous ones, which nobody can log in with again. */
  lostIdentities: Identity[];
  keys: MovedKey[];
  customData: Record<string, unknown> | undefined;
  movedFields: string[];
  /** Of the other's custom data: the survivor says something else. */
  lostFields: string[];
}

export interface MovedKey {
  _id: ObjectId;
  name: string;
  /** Another one where the survivor has a key of that name. */
  newName: string;
  place: number;
}

const EMAIL = 'local-userpass';
const ANONYMOUS = 'anon-user';
const MAX_CUSTOM_BYTES = 8_192;
const MAX_NAME = 128;

/** Pure: the preview and the merge say the same. */
export function planMerge(
  survivor: StoredUser,
  other: StoredUser,
  keys: { survivor: readonly ApiKey[]; other: readonly ApiKey[] },
): MergePlan {
  const hasEmail = survivor.identities.some(({ provider }) => provider === EMAIL);
  const isLost = ({ provider }: Identity): boolean => provider === ANONYMOUS || (hasEmail && provider === EMAIL);
  const movedIdentities = other.identities.filter((identity) => !isLost(identity));
  const identities = [...survivor.identities, ...movedIdentities].sort(
    (a, b) => a.createdAt.getTime() - b.createdAt.getTime(),
  );
  return {
    identities,
    movedIdentities,
    lostIdentities: other.identities.filter(isLost),
    keys: planKeys(keys.survivor, keys.other),
    ...planCustomData(survivor.customData, other.customData),
  };
}

function planKeys(own: readonly ApiKey[], theirs: readonly ApiKey[]): MovedKey[] {
  const names = new Set(own.map(({ name }) => name));
  const places = new Set(own.map(({ place }) => place));
  return theirs.map(({ _id, name }) => {
    const newName = freeName(name, names);
    // Nobody loses a key that is in use: those above the limit are kept, only no more can be made.
    let place = 0;
    while (places.has(place)) place += 1;
    names.add(newName);
    places.add(place);
    return { _id, name, newName, place };
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number += 1) {
    const ending = `-${number}`;
    free = name.slice(0, MAX_NAME - ending.length) + ending;
  }
  return free;
}

/** What the survivor has stays; what only the other has comes in, unless it were too much. */
function planCustomData(
  own: Record<string, unknown> | undefined,
  theirs: Record<string, unknown> | undefined,
): Pick<MergePlan, 'customData' | 'movedFields' | 'lostFields'> {
  const fields = Object.keys(theirs ?? {});
  const together = { ...theirs, ...own };
  if (Buffer.byteLength(JSON.stringify(together)) > MAX_CUSTOM_BYTES) {
    return { customData: own, movedFields: [], lostFields: fields };
  }
  const isKept = (field: string): boolean => own !== undefined && Object.hasOwn(own, field);
  return {
    customData: theirs === undefined ? own : together,
    movedFields: fields.filter((field) => !isKept(field)),
    lostFields: fields.filter((field) => isKept(field) && !isSame(own![field], theirs![field])),
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
