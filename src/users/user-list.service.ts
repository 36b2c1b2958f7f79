import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { ObjectId, type Document } from 'mongodb';
import type { Model } from 'mongoose';
import type { App } from '../apps/app.model.js';
import { BoundedMap } from '../common/bounded-map.js';
import { Clock } from '../common/clock.js';
import { objectIdIn } from '../common/object-id.js';
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

/** What a search or a provider leaves of the list. */
interface Narrowing {
  filter: Document;
  /** The ids of all who can match, or undefined where they are more than `most`. */
  gather(most: number): Promise<ObjectId[] | undefined>;
}

/** How many users of the list are looked through for a page of matches: where one in ten matches, that is enough. */
const NEAR = 500;
/**
 * More matches than this are dense enough to be met by walking the list itself. Up to this many are gathered and put in
 * order: either way a page costs about the same, however many users there are.
 */
const MOST_GATHERED = 4_000;
/** Longer than any key there is: nobody is found by it. */
const MAX_TERM = 256;
/** So many are counted each time. */
const COUNTED = 5_000;
const COUNT_EVERY_MS = 60_000;
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
  /** Of apps with many users, by their id. */
  readonly #counts = new BoundedMap<string, { count: number; until: Date }>(1_000);

  constructor(
    @InjectModel(User.name) private readonly users: Model<User>,
    private readonly clock: Clock,
  ) {}

  async list(app: App, query: UserQuery): Promise<StoredUser[]> {
    const byCreation =
      query.sort === 'creation_date' || query.createdFrom !== undefined || query.createdTo !== undefined;
    const position = await this.#position(app, query, byCreation);
    const narrowing = await this.#narrowing(app, query);
    if (narrowing === 'nobody') return [];
    const filters = [plainFilter(app, query), position];
    if (!narrowing) return this.#walk({ $and: filters }, query, byCreation);
    const providers = providerFilter(query);
    filters.push(narrowing.filter, ...(providers ? [providers] : []));
    const readGathered = (ids: ObjectId[]) =>
      this.#read({ $and: [...filters, { _id: { $in: ids } }] }, query, byCreation);
    const few = await narrowing.gather(query.limit);
    if (few) return readGathered(few);
    const near = byCreation ? undefined : await this.#near(app, filters, query, position);
    if (near) return near;
    const gathered = await narrowing.gather(MOST_GATHERED);
    return gathered ? readGathered(gathered) : this.#walk({ $and: filters }, query, byCreation);
  }

  /** The ids of a selection, in no order, `batch` at a time: all, or up to `limit`. */
  async *ids(app: App, query: UserQuery, batch: number): AsyncGenerator<ObjectId[]> {
    const narrowing = await this.#narrowing(app, query);
    if (narrowing === 'nobody') return;
    const gathered = await narrowing?.gather(MOST_GATHERED);
    const filters: Document[] = [plainFilter(app, query)];
    if (narrowing) filters.push(narrowing.filter, providerFilter(query) ?? {});
    if (gathered) filters.push({ _id: { $in: gathered } });
    const hint = gathered ? '_id_' : narrowing ? BY_ID : plainIndexOf(query, BY_ID);
    const found = this.users.collection.find(
      { $and: filters },
      { hint, limit: query.limit, batchSize: batch, projection: { _id: 1 } },
    );
    let ids: ObjectId[] = [];
    for await (const { _id } of found) {
      if (ids.push(_id) < batch) continue;
      yield ids;
      ids = [];
    }
    if (ids.length > 0) yield ids;
  }

  /** For people to look at: exact while they are few, of many as of a minute ago or so, and the same work however many. */
  async countLately(app: App): Promise<number> {
    const options = { hint: BY_ID, limit: COUNTED + 1, maxTimeMS: MAX_TIME_MS };
    const few = await this.users.collection.countDocuments({ app: app._id }, options);
    if (few <= COUNTED) return few;
    const id = app._id.toHexString();
    const kept = this.#counts.get(id);
    if (!kept) return this.#countAnew(app, id);
    // Whoever looks now gets the old number, and does not wait.
    if (kept.until < this.clock.now()) {
      kept.until = this.#inAWhile();
      void this.#countAnew(app, id).catch(() => {});
    }
    return kept.count;
  }

  async #countAnew(app: App, id: string): Promise<number> {
    const count = await this.count(app);
    this.#counts.set(id, { count, until: this.#inAWhile() });
    return count;
  }

  #inAWhile(): Date {
    return new Date(this.clock.now().getTime() + COUNT_EVERY_MS);
  }

  /** Everybody in the app. */
  async count(app: App): Promise<number> {
    return this.users.collection.countDocuments({ app: app._id }, { hint: BY_ID, maxTimeMS: MAX_TIME_MS });
  }

  #walk(filter: Document, query: UserQuery, byCreation: boolean): Promise<StoredUser[]> {
    return this.#read(filter, query, byCreation, plainIndexOf(query, byCreation ? BY_CREATION : BY_ID));
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

  /** @returns undefined where more would have to be looked through to fill the page */
  async #near(app: App, filters: Document[], query: UserQuery, position: Document): Promise<StoredUser[] | undefined> {
    const [direction, upTo] = query.descending ? ([-1, '$gte'] as const) : ([1, '$lte'] as const);
    const [end] = await this.users.collection
      .find(
        { $and: [{ app: app._id }, position] },
        { sort: { _id: direction }, skip: NEAR, limit: 1, projection: { _id: 1 }, hint: BY_ID, maxTimeMS: MAX_TIME_MS },
      )
      .toArray();
    const within = end ? [...filters, { _id: { [upTo]: end._id } }] : filters;
    const found = await this.#read({ $and: within }, query, false, BY_ID);
    return end && found.length < query.limit ? undefined : found;
  }

  async #narrowing(app: App, query: UserQuery): Promise<Narrowing | 'nobody' | undefined> {
    const term = query.search?.trim() ?? '';
    if (term !== '') return this.#search(app, term, query.alsoIds ?? []);
    const filter = providerFilter(query);
    return filter && { filter, gather: (most) => this.#gather({ app: app._id, ...filter }, BY_PROVIDER, most) };
  }

  async #search(app: App, term: string, alsoIds: readonly ObjectId[]): Promise<Narrowing | 'nobody'> {
    if (term.length > MAX_TERM) return 'nobody';
    const exact = [...(await this.#byExactId(app, term)), ...alsoIds];
    const readings = readingsOf(term);
    const filter = { $or: [...readings.map(({ all }) => ({ $and: all.map(beginsWith) })), { _id: { $in: exact } }] };
    const gather = async (most: number): Promise<ObjectId[] | undefined> => {
      const ids = [...exact];
      for (const { longest } of readings) {
        const found = await this.#gather({ app: app._id, ...beginsWith(longest) }, BY_SEARCH_KEY, most);
        if (!found) return undefined;
        ids.push(...found);
      }
      return ids;
    };
    return { filter, gather };
  }

  async #byExactId(app: App, term: string): Promise<ObjectId[]> {
    const filter = { app: app._id, searchKeys: { $in: [idKey(term), idKey(term.toLowerCase())] } };
    const found = (await this.#gather(filter, BY_SEARCH_KEY, MOST_GATHERED)) ?? [];
    const id = objectIdIn(term);
    return id ? [...found, id] : found;
  }

  /** @returns undefined where there are more than `most` */
  async #gather(filter: Document, hint: string, most: number): Promise<ObjectId[] | undefined> {
    const found = await this.users.collection
      .find(filter, { hint, limit: most + 1, projection: { _id: 1 }, maxTimeMS: MAX_TIME_MS })
      .toArray();
    return found.length > most ? undefined : found.map(({ _id }) => _id);
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

/** Where few are disabled, or servers, they are found without all others. */
function plainIndexOf({ disabled, type }: UserQuery, ordered: string): string {
  if (disabled === true) return BY_DISABLED;
  return type === 'server' ? BY_TYPE : ordered;
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
