import eslint from '@eslint/js';
import angular from 'angular-eslint';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import {
  cliBoundaries,
  consoleBoundaries,
  libraryBoundaries,
  roomBoundaries,
} from './tools/lint/boundaries.mjs';

const types = { languageOptions: { parserOptions: { projectService: true } } };

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.nx/**',
      'libs/sdk/src/generated/**',
      '**/.angular/**',
      '.modelwright/**',
      '.bench/**',
    ],
  },
  {
    files: ['**/*.mjs'],
    ...eslint.configs.recommended,
    rules: {
      ...eslint.configs.recommended.rules,
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' }],
    },
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'fetch',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'AbortController',
          'AbortSignal',
          'performance',
          'setImmediate',
          'TextDecoder',
          'FormData',
          'Blob',
          'structuredClone',
          'document',
          'window',
          'getComputedStyle',
          'localStorage',
          'location',
          'URLSearchParams',
          'Response',
          'Request',
          'Headers',
          'EventTarget',
          'Event',
          'TextEncoder',
          'ReadableStream',
          'File',
          'queueMicrotask',
          'crypto',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, ...tseslint.configs.recommendedTypeChecked],
    ...types,
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-console': 'error',
      'no-empty': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['apps/console/**/*.ts'],
    extends: [...angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
  },
  {
    files: ['apps/console/**/*.html'],
    extends: [...angular.configs.templateRecommended, ...angular.configs.templateAccessibility],
  },
  {
    files: ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.contract-spec.ts', '**/testing/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  ...roomBoundaries,
  ...libraryBoundaries,
  ...consoleBoundaries,
  ...cliBoundaries,
  prettier,
);
