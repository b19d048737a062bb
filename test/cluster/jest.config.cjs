/** Level 3 of the design: suites against the real cluster that harness.ts has started. */
const base = require('../../jest.config.cjs');

module.exports = {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: [],
  // The harness counts and prints the closing line itself, after everything is stopped.
  reporters: ['default'],
  maxWorkers: 1,
  testTimeout: 120000,
};
