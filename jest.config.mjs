// One Jest for every package. Packages see each other as built (dist), a test sees its own package's sources.
export default {
  testMatch: ['<rootDir>/*/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/package.json'],
  extensionsToTreatAsEsm: ['.ts', '.svelte'],
  moduleFileExtensions: ['js', 'mjs', 'ts', 'svelte', 'json', 'node'],
  transform: { '\\.(ts|svelte)$': '<rootDir>/scripts/jest-transform.mjs' },
  // Kafka and Elasticsearch, if a test asks for them: one of each for the whole run.
  globalSetup: '<rootDir>/test/dist/backends/jest-setup.js',
  globalTeardown: '<rootDir>/test/dist/backends/jest-teardown.js',
  testTimeout: 30_000,
  maxWorkers: 2,
}
