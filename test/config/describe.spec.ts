import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeSettings } from '../../src/config/describe.js';

it('docs/configuration.md says what the settings are (npm run docs writes it)', () => {
  expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(describeSettings());
});
