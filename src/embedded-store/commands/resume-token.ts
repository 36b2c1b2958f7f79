import { type Doc, isDoc, type Value } from '../bson/value.js';
import { toDoc } from '../bson/convert.js';
import { ErrorCodes, MongoError } from '../errors.js';
import type { ChangeFeed } from '../storage/change-feed.js';

/** A place in the change feed of one process: after the event `sequence`, or after the end of a stream that this event caused. */
export interface Place {
  sequence: number;
  isInvalidate: boolean;
}

/** `{_data: <hex>}`: origin of the feed, sequence, kind. */
export function tokenOf(feed: ChangeFeed, { sequence, isInvalidate }: Place): Doc {
  const position = sequence.toString(16).padStart(16, '0');
  return toDoc({ _data: `${feed.origin}${position}${isInvalidate ? '01' : '00'}` });
}

/**
 * @throws MongoError 260 for what is no token of ours, 286 for one of another process or too old
 */
export function readToken(feed: ChangeFeed, token: Value): Place {
  const data = isDoc(token) ? token.get('_data') : undefined;
  const match = typeof data === 'string' ? /^([0-9a-f]{16})([0-9a-f]{16})(0[01])$/.exec(data) : null;
  if (!match) throw new MongoError(ErrorCodes.InvalidResumeToken, 'the resume token is not valid');
  const [, origin, position, kind] = match;
  const sequence = Number.parseInt(position!, 16);
  if (origin !== feed.origin || sequence + 1 < feed.oldest || sequence > feed.newest) throw historyLost();
  return { sequence, isInvalidate: kind === '01' };
}

export const historyLost = (): MongoError =>
  new MongoError(
    ErrorCodes.ChangeStreamHistoryLost,
    'Resume of change stream was not possible, as the resume point is no longer in the change feed of this process.',
    { labels: ['NonResumableChangeStreamError'] },
  );
