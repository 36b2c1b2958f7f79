import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { MAX_TIME_MS } from '../database/database.js';
import { idKey, wordsOf } from './search-keys.js';
import { User } from './user.model.js';
import { asUser, type StoredUser } from './users.service.js';

/** Which users, and where in their order to begin. Absent fields ask for nothing. */
export interface UserQuery {
  /** Begin behind this user, who need not exist (any more). */
  after?: ObjectId | undefined;
  limit: number;
  descending?: boolean | undefined;
  /** `creation_date`, or else by id. A range of creation dates is always read in their order. */
  sort?: string | undefined;
  disabled?: boolean | undefined;
  providerTypes?: readonly string[] | undefined;
  type?: User['type'] | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
  /** Words that must all begin something the user is called by, or one whole id. */
  search?: string | undefined;
  /** Users who are found too, whatever `search` says: owners of a device. */
  alsoIds?: readonly ObjectId[] | undefined;
}

interface Found {
  filter: Document;
  ids?: ObjectId[];
}

/**
 * More matches than this are dense enough to be met by walking the list itself. Up to this many are gathered and put in
 * order: either way a page costs about the same, however many users there are.
 */
const MOST_GATHERED = 1_000;
/** Longer than any key there is: nobody is found by it. */
const MAX_TERM = 256;
const LAST = '\u{10FFFF}';

const BY_ID = 'app_1__id_1';
const BY_CREATION = 'app_1_createdAt_1__id_1';
const BY_PROVIDER = 'app_1_identities.provider_1__id_1';
const BY_SEARCH_KEY = 'app_1_searchKeys_1__id_1';
const BY_DISABLED = 'app_1_disabled_1__id_1';
const BY_TYPE = 'app_1_type_1__id_1';

/** Lists and counts users: keyset paging, and an index under every filter. */
@Injectable()
export class UserListService {
  constructor(@InjectModel(User.name) private readonly users: Model<User>) {}

  async list(app: App, query: UserQuery): Promise<StoredUser[]> {
    const byCreation =
      query.sort === 'creation_date' || query.createdFrom !== undefined || query.createdTo !== undefined;
    const filters = [plainFilter(app, query), await this.#position(app, query, byCreation)];
    const probe = await this.#search(app, query);
    if (probe === 'nobody') return [];
    const providers = providerFilter(query);
    if (providers) filters.push(providers);
    if (probe) filters.push(probe.filter);
    const gathered = probe ? probe.ids : providers && (await this.#gather({ app: app._id, ...providers }, BY_PROVIDER));
    if (!gathered) return this.#walk({ $and: filters }, query, byCreation);
    return this.#read({ $and: [...filters, { _id: { $in: gathered } }] }, query, byCreation);
  }

  /** Everybody in the app. */
  async count(app: App): Promise<number> {
    return this.users.collection.countDocuments({ app: app._id }, { hint: BY_ID, maxTimeMS: MAX_TIME_MS });
  }

  #walk(filter: Document, query: UserQuery, byCreation: boolean): Promise<StoredUser[]> {
    const ordered = byCreation ? BY_CREATION : BY_ID;
    const hint = query.disabled === true ? BY_DISABLED : query.type === 'server' ? BY_TYPE : ordered;
    return this.#read(filter, query, byCreation, hint);
  }

  async #read(filter: Document, query: UserQuery, byCreation: boolean, hint?: string): Promise<StoredUser[]> {
    const direction = query.descending ? -1 : 1;
    const found = await this.users.collection
      .find(filter, {
        sort: byCreation ? { createdAt: direction, _id: direction } : { _id: direction },
        limit: query.limit,
        maxTimeMS: MAX_TIME_MS,
        ...(hint === undefined ? {} : { hint }),
      })
      .toArray();
    return found.map(asUser);
  }

  /** What `search` asks for: a filter, and the ids of all who can match where they are few enough to be gathered. */
  async #search(app: App, { search, alsoIds = [] }: UserQuery): Promise<Found | 'nobody' | undefined> {
    const term = search?.trim() ?? '';
    if (term === '') return undefined;
    if (term.length > MAX_TERM) return 'nobody';
    const exact = [...(await this.#byExactId(app, term)), ...alsoIds];
    const ids = [...exact];
    const readings = readingsOf(term);
    const filter = { $or: [...readings.map(({ all }) => ({ $and: all.map(beginsWith) })), { _id: { $in: exact } }] };
    for (const { longest } of readings) {
      const found = await this.#gather({ app: app._id, ...beginsWith(longest) }, BY_SEARCH_KEY);
      if (!found) return { filter };
      ids.push(...found);
    }
    return { filter, ids };
  }

  async #byExactId(app: App, term: string): Promise<ObjectId[]> {
    const filter = { app: app._id, searchKeys: { $in: [idKey(term), idKey(term.toLowerCase())] } };
    const found = (await this.#gather(filter, BY_SEARCH_KEY)) ?? [];
    return /^[0-9a-f]{24}$/i.test(term) ? [...found, ObjectId.createFromHexString(term)] : found;
  }

  /** @returns undefined where there are too many */
  async #gather(filter: Document, hint: string): Promise<ObjectId[] | undefined> {
    const found = await this.users.collection
      .find(filter, { hint, limit: MOST_GATHERED + 1, projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS })
      .toArray();
    return found.length > MOST_GATHERED ? undefined : found.map(({ _id }) => _id);
  }

  /** The part of the filter that says "behind this user". */
  async #position(app: App, { after, descending }: UserQuery, byCreation: boolean): Promise<Document> {
    if (!after) return {};
    const beyond = descending ? '$lt' : '$gt';
    if (!byCreation) return { _id: { [beyond]: after } };
    const user = await this.users.collection.findOne({ _id: after, app: app._id }, { projection: { createdAt: 1 } });
    const createdAt = (user?.['createdAt'] as Date | undefined) ?? after.getTimestamp();
    return {
      $and: [
        { createdAt: { [descending ? '$lte' : '$gte']: createdAt } },
        { $or: [{ createdAt: { [beyond]: createdAt } }, { _id: { [beyond]: after } }] },
      ],
    };
  }
}

function plainFilter(app: App, query: UserQuery): Document {
  const created = {
    ...(query.createdFrom ? { $gte: query.createdFrom } : {}),
    ...(query.createdTo ? { $lte: query.createdTo } : {}),
  };
  return {
    app: app._id,
    ...(query.disabled === undefined ? {} : { disabled: query.disabled }),
    ...(query.type ? { type: query.type } : {}),
    ...(Object.keys(created).length > 0 ? { createdAt: created } : {}),
  };
}

function providerFilter({ providerTypes }: UserQuery): Document | undefined {
  if (!providerTypes || providerTypes.length === 0) return undefined;
  return { 'identities.provider': { $in: [...providerTypes] } };
}

/**
 * What a term may mean: words that all begin something. A blank may have been a plus that was put into an address as it is,
 * so the term is also read as one word with it.
 */
function readingsOf(term: string): { all: string[]; longest: string }[] {
  const texts = term.includes(' ') ? [term, term.replaceAll(' ', '+')] : [term];
  return texts.flatMap((text) => {
    const all = wordsOf(text);
    const [longest] = all.toSorted((a, b) => b.length - a.length);
    return longest === undefined ? [] : [{ all, longest }];
  });
}

function beginsWith(word: string): Document {
  return { searchKeys: { $elemMatch: { $gte: word, $lt: word + LAST } } };
}
