/** Writes docs/configuration.md from the built settings. Run `npm run build` first. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { describeSettings } from '../dist/src/config/describe.js';

const file = new URL('../docs/configuration.md', import.meta.url);
mkdirSync(new URL('.', file), { recursive: true });
writeFileSync(file, describeSettings());
