import { expect, it } from '@jest/globals';
import { BoundedMap } from '../../src/common/bounded-map.js';

it('lets the entry go that was unused longest, and says which', () => {
  const gone: string[] = [];
  const map = new BoundedMap<string, number>(2, (key) => gone.push(key));
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect(gone).toEqual(['b']);
  expect([...map]).toEqual([
    ['a', 1],
    ['c', 3],
  ]);
});

it('does not grow when an entry is replaced, and does not count a peek as use', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('b', 3);
  expect(map.peek('a')).toBe(1);
  map.set('c', 4);
  expect([map.size, map.get('a'), map.get('b')]).toEqual([2, undefined, 3]);
});

it('forgets on request, without calling that eviction', () => {
  const gone: string[] = [];
  const map = new BoundedMap<string, number>(2, (key) => gone.push(key));
  map.set('a', 1);
  expect([map.delete('a'), map.delete('a')]).toEqual([true, false]);
  map.set('b', 1);
  map.clear();
  expect([map.size, gone]).toEqual([0, []]);
});
