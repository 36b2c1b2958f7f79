/**
 * Makes a few files of each script that runs in production: the server, the command line, the store's thread, the thread that
 * hashes passwords. A thousand modules that need not be looked up and read one by one are a third of the start. `dist/bundle`
 * mirrors `dist`, so that what a module finds beside itself is found from the bundle too.
 */
import { build } from 'esbuild';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const SCRIPTS = [
  'src/main.js',
  'src/cli/main.js',
  'src/embedded-store/worker.js',
  'src/crypto/passwords/hash-worker.js',
];

/** Of ours, the largest that are imported by few. */
const OWN_MODULES = [
  'sessions/sessions',
  'audit/audit',
  'providers/providers',
  'admin/api/admin-api',
  'admin/console/console',
];
/**
 * Where the server's file is cut, so that no piece is much larger than half a megabyte. A file is read into one piece of memory,
 * and glibc keeps for itself about twice the largest that it ever saw freed: in one file a server at rest holds 20 MB more.
 */
const CUTS = [
  'mongoose',
  'mongoose/lib/document.js',
  'mongodb',
  'mongodb/lib/cmap/connection.js',
  'bson',
  'tr46',
  'zod',
  '@nestjs/core',
  '@nestjs/common',
  'rxjs',
  'fastify',
  'find-my-way',
  ...OWN_MODULES.map((name) => `${dist}/src/${name}.module.js`),
];

/** Native code, what is imported only when it is needed, what we never ask for, and what others load only where it is installed. */
const OUTSIDE = [
  'lmdb',
  'bcrypt',
  '@nestjs/swagger',
  '@zxcvbn-ts/language-common',
  'nodemailer',
  'openid-client',
  'pino-pretty',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  '@nestjs/platform-express',
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  'cache-manager',
  'kerberos',
  'snappy',
  'socks',
  'aws4',
  'gcp-metadata',
  'mongodb-client-encryption',
  '@mongodb-js/zstd',
  '@aws-sdk/credential-providers',
];

/** CommonJS packages that our modules and Nest's use at each request. */
const READ_ONCE = /^(bson|mongodb|mongoose|rxjs|rxjs\/operators)$/;

/** `require` and its companions, for the packages that are no ES modules; and see nameOnlyWhatLostItsName. */
const BANNER = `
import { createRequire as createRequireForBundle } from 'node:module';
import { fileURLToPath as pathForBundle } from 'node:url';
const require = createRequireForBundle(import.meta.url);
const __filename = pathForBundle(import.meta.url);
const __dirname = pathForBundle(new URL('.', import.meta.url));
const __unnamed = (target) => target;`;

for (const script of SCRIPTS) {
  const place = dirname(script);
  const cuts = script === 'src/main.js' ? CUTS : [];
  const { metafile } = await build({
    entryPoints: [
      { in: `${dist}/${script}`, out: script.replace(/\.js$/, '') },
      ...cuts.map((module, n) => ({ in: module, out: `${place}/cut-${n}` })),
    ],
    outdir: `${dist}/bundle`,
    // What more than one of them imports stands beside them.
    splitting: true,
    chunkNames: `${place}/part-[hash]`,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: OUTSIDE,
    // Names stay: Nest and the log use those of classes. The map is for people; Node reads none.
    minifyWhitespace: true,
    minifySyntax: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: BANNER },
    plugins: [
      ownPlaces(script),
      oneMongoose(),
      readOnce(),
      oneBson(),
      storeInItsThread(place),
      serverOfItsOwn(),
      onlyWhatIsUsedOfClassValidator(),
      englishZod(),
      ...late(),
    ],
  });
  const files = Object.keys(metafile.outputs).filter((file) => file.endsWith('.js'));
  await nameOnlyWhatLostItsName(files);
}
await cp(`${dist}/src/openapi/examples.json`, `${dist}/bundle/src/openapi/examples.json`);
await cp(`${dist}/admin-ui/assets`, `${dist}/bundle/admin-ui/assets`, { recursive: true });

/** `import.meta.url` of each of our modules is where it would stand beside the bundle. */
function ownPlaces(script) {
  return {
    name: 'own places',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]dist[\\/](src|admin-ui)[\\/].*\.js$/ }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        const place = relative(dirname(`${dist}/${script}`), path).replaceAll('\\', '/');
        return { contents: code.replaceAll('import.meta.url', `new URL('${place}', import.meta.url).href`) };
      });
    },
  };
}

/** A namespace made by the bundler looks like a Mongoose to Mongoose, and cannot be written: @nestjs/mongoose gets the real one. */
function oneMongoose() {
  return {
    name: 'one mongoose',
    setup({ onLoad }) {
      onLoad({ filter: /@nestjs[\\/]mongoose[\\/].*\.js$/ }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        return { contents: code.replace("import * as mongoose from 'mongoose'", "import mongoose from 'mongoose'") };
      });
    },
  };
}

/** The driver asks for bson's CommonJS build and we for the other: both the same package, and once is enough. */
function oneBson() {
  return {
    name: 'one bson',
    setup({ onResolve }) {
      onResolve({ filter: /^bson$/ }, () => ({ path: createRequire(import.meta.url).resolve('bson') }));
    },
  };
}

/**
 * The bundler asks a CommonJS package for a name through a getter whenever it is used, and makes these anew for each module that
 * imports it. Node reads names once, when the module is imported: so does the bundle.
 */
function readOnce() {
  return {
    name: 'read once',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: READ_ONCE }, ({ kind, path }) =>
        kind === 'import-statement' ? { path, namespace: 'read-once' } : undefined,
      );
      onLoad({ filter: READ_ONCE, namespace: 'read-once' }, ({ path }) => {
        const names = Object.keys(createRequire(import.meta.url)(path)).filter((name) => name !== 'default');
        return {
          contents: `const whole = require('${path}'); export default whole; export const { ${names.join(', ')} } = whole;`,
          resolveDir: dist,
        };
      });
    },
  };
}

/** The server has only the client's part of the embedded store: what nobody there uses is left out, and what a thread of its own runs. */
function storeInItsThread(place) {
  return {
    name: 'store in its thread',
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^\.\/open-store\.js$/ }, ({ kind, resolveDir }) =>
        kind === 'dynamic-import' && resolveDir.endsWith('embedded-store')
          ? { path: posix.relative(`bundle/${place}`, 'src/embedded-store/open-store.js'), external: true }
          : undefined,
      );
      // Imports of ours end in .js. What is asked here costs a third of the time of the bundler.
      onResolve({ filter: /^\.\.?\/.*\.js$/ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
        const isOfStore = /[\\/]embedded-store[\\/]/.test(importer) || path.includes('/embedded-store/');
        if (!isOfStore || pluginData === 'seen') return undefined;
        const found = await resolve(path, { kind, resolveDir, importer, pluginData: 'seen' });
        return { ...found, sideEffects: false };
      });
    },
  };
}

/** `latchkey start` runs the server's own files. */
function serverOfItsOwn() {
  return {
    name: 'server of its own',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.\/main\.js$/ }, ({ path, resolveDir }) =>
        /[\\/]src[\\/]cli$/.test(resolveDir) ? { path, external: true } : undefined,
      );
    },
  };
}

/** Zod's messages in fifty languages, of which we speak one to whoever writes settings. */
function englishZod() {
  return {
    name: 'english zod',
    setup({ onLoad }) {
      onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
        contents: "export { default as en } from './en.js';",
      }));
    },
  };
}

/** Large tables for international names in addresses and passwords of databases, which the driver loads before it needs them. */
function late() {
  return [
    ['tr46', /whatwg-url[\\/]lib[\\/]url-state-machine\.js$/],
    ['@mongodb-js/saslprep', /mongodb[\\/]lib[\\/]cmap[\\/]auth[\\/]scram\.js$/],
  ].map(([name, filter]) => ({
    name: `late ${name}`,
    setup({ onLoad }) {
      onLoad({ filter }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        const found = new RegExp(`const (\\w+) = require\\("${name}"\\);`).exec(code);
        if (!found) throw new Error(`${path} loads ${name} in another way than this script knows`);
        const rest = code.replace(found[0], '');
        return { contents: rest.replaceAll(new RegExp(`\\b${found[1]}\\b`, 'g'), `require("${name}")`) };
      });
    },
  }));
}

/** Nest would load it whole where nobody hands it over, as src/http/body-validation.ts does. */
function onlyWhatIsUsedOfClassValidator() {
  return {
    name: 'only what is used of class-validator',
    setup({ onResolve }) {
      onResolve({ filter: /^class-(validator|transformer)$/ }, ({ kind, path }) =>
        kind === 'dynamic-import' ? { path, external: true } : undefined,
      );
    },
  };
}

/**
 * The bundler names each function anew whenever it is made: a tenth of what a request costs, and almost all have their name.
 * Arrow functions are made at each request, and nobody asks for their names. A class that speaks of itself lost its name. Given
 * back to a class that is there, it makes V8 keep the class as a dictionary, and never optimize what constructs one.
 */
async function nameOnlyWhatLostItsName(files) {
  const naming = '=(target,value)=>__defProp(target,"name"';
  const hasItsName = /(?<![\w$.]|extends )([\w$]+)((?:=class)?(?: extends [\w$.]+)?\{)static\{__name\(this,"\1"\)\}/g;
  let found = 0;
  for (const file of files) {
    const code = await readFile(file, 'utf8');
    found += Number(code.includes(naming));
    const cheap = code
      .replace(naming, '=(target,value)=>target.name===value?target:__defProp(target,"name"')
      .replaceAll(hasItsName, '$1$2')
      .replaceAll(/static\{__name\(this,("[\w$]+")\)\}/g, 'static get name(){return$1}')
      .replaceAll(/\b__name\(([\w$]+),"\1"\)/g, '$1')
      .replaceAll(/\b__name\((?=(async\b)?\(|(async )?[\w$]+=>)/g, '__unnamed(');
    await writeFile(file, cheap);
  }
  if (found !== 1) throw new Error('names are kept in another way than this script knows');
}
