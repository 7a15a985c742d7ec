import presets from 'jest-preset-angular/presets/index.js';

const esm = presets.createEsmPreset({ tsconfig: '<rootDir>/tsconfig.spec.json' });

export default {
  ...esm,
  displayName: 'console',
  testEnvironment: '<rootDir>/tools/jest-environment.mjs',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  setupFilesAfterEnv: ['<rootDir>/src/testing/setup.ts'],
  moduleNameMapper: {
    ...esm.moduleNameMapper,
    '^@modelwright/(contracts|sdk)$': '<rootDir>/../../libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/'],
};
