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
