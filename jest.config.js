import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.spec.ts', '**/*.spec.tsx'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.tsx?$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testRunner: '<rootDir>/test/support/runner/index.js',
  // One more than processors: many tests wait for processes and time limits. Each takes up to 1.2 GB, so there is an end to it.
  maxWorkers: Math.min(availableParallelism(), 4) + 1,
  workerIdleMemoryLimit: '1GB',
  testTimeout: 20_000,
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
};
