#!/usr/bin/env node
import 'reflect-metadata';
import { run } from './program.js';
import { readNewPassword } from './secret.js';

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  newPassword: readNewPassword,
});
