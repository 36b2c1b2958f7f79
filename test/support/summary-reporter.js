import { spawnSync } from 'node:child_process';

const SILENCE_MS = 240_000;

/**
 * Prints the line that CI reads: `N passed, N failed, N skipped`. A test file that could not run counts as failed. One that
 * does not end, which no time limit of a test can tell, ends the run with its name.
 */
export default class SummaryReporter {
  #running = new Set();
  #silence;

  onTestFileStart({ path }) {
    this.#running.add(path);
    this.#listen();
  }

  onTestFileResult({ path }) {
    this.#running.delete(path);
    this.#listen();
  }

  onRunComplete(_contexts, results) {
    clearTimeout(this.#silence);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`);
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      process.stderr.write(`FAIL no end in ${SILENCE_MS / 1_000} s: ${[...this.#running].join(', ')}\n`);
      // A worker that is stuck does not notice that its parent is gone, and would keep the output open.
      spawnSync('pkill', ['-KILL', '-P', String(process.pid)]);
      process.exit(1);
    }, SILENCE_MS);
  }
}
