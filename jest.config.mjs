import { existsSync, readFileSync } from 'node:fs';

const swc = JSON.parse(readFileSync(new URL('./tools/jest/swc.json', import.meta.url), 'utf8'));
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^@modelwright/migrations$': '<rootDir>/migrations/src/index.ts',
    '^@modelwright/(contracts|container-runtime|artifact-store|table-engine|compiled-model|sdk)$':
      '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/'],
  rootDir: '.',
};
const backEnd = ['apps/api', 'apps/cli', 'libs', 'migrations', 'tools'];
const roots = backEnd.map((folder) => `<rootDir>/${folder}`);
const suite = (displayName, suffix, extra = {}) => ({
  ...shared,
  displayName,
  roots,
  testMatch: [`**/*.${suffix}.ts`],
  setupFiles: ['<rootDir>/tools/jest/setup.ts'],
  ...extra,
});

const consoleSuites = existsSync(new URL('./apps/console/jest.config.mjs', import.meta.url))
  ? ['<rootDir>/apps/console/jest.config.mjs']
  : [];

export default {
  // Hooks start real servers and databases; on a busy machine that takes longer than jest's five seconds.
  testTimeout: 60_000,
  projects: [
    suite('unit', 'spec'),
    suite('contract', 'contract-spec'),
    suite('integration', 'int-spec', {
      globalSetup: '<rootDir>/tools/jest/database.setup.mjs',
      globalTeardown: '<rootDir>/tools/jest/database.teardown.mjs',
    }),
    ...consoleSuites,
  ],
};
