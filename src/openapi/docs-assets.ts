import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const OURS = new URL('../../admin-ui/assets/docs.js', import.meta.url);
const require = createRequire(import.meta.url);

/** A file that the page at /docs needs. Swagger UI comes with @nestjs/swagger. */
export async function docsAsset(name: 'docs.js' | 'swagger-ui.css' | 'swagger-ui-bundle.js'): Promise<string> {
  if (name === 'docs.js') return readFile(OURS, 'utf8');
  const withSwagger = createRequire(pathToFileURL(require.resolve('@nestjs/swagger')));
  return readFile(withSwagger.resolve(`swagger-ui-dist/${name}`), 'utf8');
}
