/** Levels 1 and 2 of the design; `npm run test:cluster` has its own runner in test/cluster. */
module.exports = {
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/cluster/'],
  transform: {
    '^.+\\.[mc]?tsx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^serin$': '<rootDir>/constructs/index.ts',
    '^serin/pulumi$': '<rootDir>/pulumi/index.ts',
    '^serin/testing$': '<rootDir>/testing/index.ts',
  },
  reporters: ['default', '<rootDir>/test/summary-reporter.cjs'],
  testTimeout: 60_000,
  // Two cores, two workers: jest would leave one core idle.
  maxWorkers: '100%',
};
