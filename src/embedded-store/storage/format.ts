import { type KeyValueStore } from './key-value.js';
import { namedKey, SPACE } from './keys.js';

const FORMAT_KEY = namedKey(SPACE.meta, 'format');
const FORMAT = 1;
/** Told apart from other lmdb files. */
const MARK = 'latchkey embedded store';

/**
 * Marks new files with the format version, and checks it on others.
 *
 * @throws when the files belong to something else, or to a later version
 */
export function checkFormat(store: KeyValueStore): void {
  const stored = store.get(FORMAT_KEY);
  if (stored) return checkVersion(Buffer.from(stored).toString());
  const [first] = store.range(Buffer.of(0), Buffer.of(0xff, 0xff), { limit: 1 });
  if (first) throw new Error('data.mdb was not made by Latchkey');
  store.transaction((writer) => writer.put(FORMAT_KEY, Buffer.from(`${MARK} ${FORMAT}`)));
}

function checkVersion(stored: string): void {
  if (stored === `${MARK} ${FORMAT}`) return;
  if (!stored.startsWith(MARK)) throw new Error('data.mdb was not made by Latchkey');
  throw new Error(
    `data.mdb has format ${stored.slice(MARK.length + 1)}, made by a newer Latchkey; this one reads format ${FORMAT}`,
  );
}
