/**
 * Fails when package-lock.json lacks an optional package of some platform, or names a download address. A lock made on
 * one machine can silently lose the binaries of the others, and then `npm ci` breaks everywhere but there.
 */
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const installed = new Map(Object.entries(lock.packages));
const problems = [];

for (const [path, pkg] of installed) {
  if (pkg.resolved?.startsWith('http')) problems.push(`${path}: holds a download address`);
  for (const name of Object.keys(pkg.optionalDependencies ?? {})) {
    const places = path.split('/node_modules/').map((_, i, parts) => parts.slice(0, i + 1).join('/node_modules/'));
    const found = [...places.map((p) => `${p}/node_modules/${name}`), `node_modules/${name}`].some((p) =>
      installed.has(p),
    );
    if (!found) problems.push(`${path || 'package.json'}: the lock has no entry for its optional package ${name}`);
  }
}

if (problems.length > 0) {
  process.stderr.write(`package-lock.json\n  ${problems.join('\n  ')}\n`);
  process.exit(1);
}
process.stdout.write(`lock: ${installed.size} packages, complete for every platform\n`);
