import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
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

it('keeps the order of use whatever is done to it, and says of each entry that it made room for another', () => {
  const key = fc.integer({ min: 0, max: 7 });
  const step = fc.oneof(
    fc.record({ what: fc.constantFrom('set', 'get', 'peek', 'delete'), key }),
    fc.record({ what: fc.constant('clear'), key }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const evicted: number[] = [];
      const map = new BoundedMap<number, number>(4, (key) => evicted.push(key));
      let expected: [number, number][] = [];
      const expectedGone: number[] = [];
      for (const [at, { what, key }] of steps.entries()) {
        const known = expected.find(([other]) => other === key);
        const others = expected.filter((entry) => entry !== known);
        if (what === 'clear') [expected] = [[], map.clear()];
        else if (what === 'delete') {
          expect(map.delete(key)).toBe(known !== undefined);
          expected = others;
        } else if (what === 'set') {
          map.set(key, at);
          expected = [...others, [key, at]];
          if (expected.length > 4) expectedGone.push(expected.shift()![0]);
        } else if (what === 'get') {
          expect(map.get(key)).toBe(known?.[1]);
          if (known) expected = [...others, known];
        } else expect(map.peek(key)).toBe(known?.[1]);
        expect([[...map], map.size, evicted]).toEqual([expected, expected.length, expectedGone]);
      }
    }),
  );
});
