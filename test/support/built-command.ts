import { join } from 'node:path';

/** The script of `latchkey` as it is built: what people run. */
export const BUILT_COMMAND = join(process.cwd(), 'dist/bundle/src/cli/main.js');
