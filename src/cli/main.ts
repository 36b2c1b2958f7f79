#!/usr/bin/env node
import 'reflect-metadata';
import { run } from './program.js';
import { readNewPassword } from './secret.js';

const code = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  newPassword: readNewPassword,
});
if (code !== 0) {
  // A server that did not start has set one itself.
  process.exitCode = code;
  // What a start that failed has left open ends with it.
  setTimeout(() => process.exit(), 1_000).unref();
}
