import { expect, it } from '@jest/globals';
import { table } from '../../src/cli/table.js';

it('aligns columns and leaves no blanks at the end', () => {
  expect(
    table(
      ['NAME', 'ID'],
      [
        ['shop', 'shop-abcde'],
        ['a-longer-name', 'x'],
      ],
    ),
  ).toBe('NAME           ID\nshop           shop-abcde\na-longer-name  x\n');
});

it('is a head alone where there is nothing', () => {
  expect(table(['NAME', 'ID'], [])).toBe('NAME  ID\n');
});

it('lets no name act on the terminal', () => {
  expect(table(['NAME'], [['\u001B]0;title\u0007']])).toBe('NAME\n\u{FFFD}]0;title\u{FFFD}\n');
});
