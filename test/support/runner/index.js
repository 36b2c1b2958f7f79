import asyncHooks from 'node:async_hooks';
import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import jestCircus from 'jest-circus/runner';
import { useGlobals } from './jest-globals.js';
import { prepareSourceStack } from './source-stacks.js';
import { SerialStorage } from './serial-storage.js';

const circus = jestCircus.default;
const require = createRequire(import.meta.url);
register('./typescript-hooks.js', import.meta.url);
process.setSourceMapsEnabled(true);

let runs = 0;

/**
 * Jest's own test runner, on modules of Node in place of Jest's: what test files import is loaded once per process, not once
 * per file. docs/decisions/0008-modules-once-per-test-process.md says why, and how to run without.
 */
export default async function run(globalConfig, config, environment, runtime, testPath, sendMessageToJest) {
  // Node does not load a changed file anew, nor counts what was reached.
  if (globalConfig.watch || globalConfig.watchAll || globalConfig.collectCoverage) {
    return circus(globalConfig, config, environment, runtime, testPath, sendMessageToJest);
  }
  const mocker = environment.moduleMocker;
  const { console, process: jestProcess } = environment.global;
  const restore = [
    replace(globalThis, { console }),
    replace(process, { exit: jestProcess.exit }),
    replace(Error, { prepareStackTrace: prepareSourceStack }),
  ];
  try {
    const own = { global: globalThis };
    return await circus(globalConfig, config, own, native(runtime, mocker), testPath, sendMessageToJest);
  } finally {
    for (const undo of restore) undo();
    mocker.restoreAllMocks();
    forgetTests();
  }
}

/** Returns what undoes it. */
function replace(target, values) {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, target[name]]));
  Object.assign(target, values);
  return () => Object.assign(target, before);
}

/** Jest's runtime, but for the modules. */
function native(runtime, mocker) {
  // No `jest.mock` and the like, which are of Jest's modules, and no fake timers: time is passed in, see FakeClock.
  const jest = { fn: mocker.fn.bind(mocker), spyOn: mocker.spyOn.bind(mocker) };
  const own = {
    // Circus begins anew with each file.
    requireInternalModule(path) {
      delete require.cache[path];
      const undo = replace(asyncHooks, { AsyncLocalStorage: SerialStorage });
      try {
        return require(path);
      } finally {
        undo();
      }
    },
    setGlobalsForRuntime: (globals) => useGlobals({ ...globals, jest }),
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: (path) => import(`${pathToFileURL(path).href}?run=${(runs += 1)}`),
  };
  return new Proxy(runtime, {
    get(target, name) {
      const found = own[name] ?? target[name];
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

/** Circus keeps the tests of a file, and with them all that they hold, at the global object. */
function forgetTests() {
  for (const name of Object.getOwnPropertySymbols(globalThis)) {
    if (['JEST_STATE_SYMBOL', 'EVENT_HANDLERS'].includes(name.description)) delete globalThis[name];
  }
}
