/** More wrong letters than this and it is another word. */
const MOST_EDITS = 5;

/** The candidate with the fewest letters to change, where that is few enough to be a slip. */
export function closestTo(word: string, candidates: readonly string[]): string | undefined {
  const upper = word.toUpperCase().slice(0, 100);
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(upper, candidate) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.min(MOST_EDITS, Math.floor(word.length / 4)) ? best.candidate : undefined;
}

/** Levenshtein's: letters to add, drop or replace to get from one to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
