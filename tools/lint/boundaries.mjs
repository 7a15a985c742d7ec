/**
 * The floor plan as lint rules (eslint-plugin-boundaries would do; `no-restricted-imports` needs no resolver and says
 * the reason in our own words). A room may use the platform, the shared libraries, and the exported service and
 * types of the rooms listed here. Arrows point one way.
 */
const ROOMS = {
  auth: [],
  mail: [],
  webhooks: ['mail'],
  projects: ['auth', 'mail'],
  alerts: [
    'mail',
    'webhooks',
    'feedback',
    'monitoring',
    'deployments',
    'training',
    'models',
    'datasets',
    'projects',
  ],
  datasets: ['projects'],
  training: ['datasets', 'projects'],
  models: ['training', 'datasets', 'projects'],
  exports: ['insights', 'models', 'training', 'datasets', 'projects'],
  serving: ['models'],
  insights: ['serving', 'models', 'training', 'datasets', 'projects'],
  deployments: ['serving', 'models', 'projects'],
  feedback: ['monitoring', 'deployments', 'models', 'datasets', 'training', 'projects'],
  monitoring: ['deployments', 'models', 'datasets', 'projects'],
  batch: ['deployments', 'insights', 'serving', 'models', 'datasets', 'projects'],
  experiments: ['training', 'models', 'datasets', 'projects'],
  activity: ['datasets', 'training', 'deployments', 'projects'],
};

const CONSOLE_ROOMS = [
  'welcome',
  'home',
  'overview',
  'data',
  'runs',
  'experiments',
  'models',
  'deployments',
  'batch',
  'activity',
  'settings',
];

const forbid = (group, message) => ({ group, message });

function roomConfig(room, uses) {
  const strangers = Object.keys(ROOMS).filter((other) => other !== room && !uses.includes(other));
  return {
    files: [`apps/api/src/${room}/**/*.ts`],
    ignores: ['**/*.int-spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...strangers.map((other) =>
              forbid(
                [`**/${other}/*.js`, `**/${other}/**/*.js`],
                `${room} may not know ${other}: arrows point the other way (tools/lint/boundaries.mjs).`,
              ),
            ),
            ...uses.map((other) =>
              forbid(
                [
                  `**/${other}/*.entity.js`,
                  `**/${other}/*.repository.js`,
                  `**/${other}/*.controller.js`,
                  `**/${other}/*.dto.js`,
                ],
                `Use the exported service of ${other}, not its tables, queries or wire shapes.`,
              ),
            ),
            forbid(
              ['@angular/*', '@modelwright/sdk', '**/apps/console/**'],
              'The back end does not know its clients.',
            ),
          ],
        },
      ],
    },
  };
}

export const roomBoundaries = [
  ...Object.entries(ROOMS).map(([room, uses]) => roomConfig(room, uses)),
  {
    files: ['apps/api/src/platform/**/*.ts'],
    ignores: ['**/*.int-spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            forbid(
              Object.keys(ROOMS)
                .flatMap((room) => [`**/${room}/*.js`])
                .filter((pattern) => pattern !== '**/auth/*.js')
                .map((pattern) => `../..${pattern.slice(2)}`),
              'Plumbing does not know the rooms that use it.',
            ),
            forbid(['@angular/*', '@modelwright/sdk'], 'The back end does not know its clients.'),
          ],
        },
      ],
    },
  },
  {
    files: ['apps/api/src/**/*.ts'],
    ignores: ['apps/api/src/platform/config/**', '**/*.spec.ts', '**/*.int-spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'platform/config is the only reader of the environment.',
        },
      ],
    },
  },
];

export const libraryBoundaries = [
  {
    files: ['libs/**/*.ts', 'migrations/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            forbid(
              ['**/apps/**', '@modelwright/api', '@modelwright/console', '@nestjs/*', '@angular/*'],
              'Libraries know neither app nor framework.',
            ),
          ],
        },
      ],
    },
  },
];

const serverOnly = forbid(
  [
    '@nestjs/*',
    'typeorm',
    'pg',
    'dockerode',
    'node:*',
    '**/apps/api/**',
    '@modelwright/container-runtime',
    '@modelwright/artifact-store',
    '@modelwright/table-engine',
    '@modelwright/compiled-model',
    '@modelwright/migrations',
  ],
  'The console knows the server through @modelwright/sdk and @modelwright/contracts only.',
);

/** A later configuration replaces an earlier one for the same rule, so each names all that is forbidden to its files. */
const consoleRule = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: [serverOnly, ...patterns] }],
});

export const consoleBoundaries = [
  { files: ['apps/console/**/*.ts'], rules: consoleRule() },
  ...CONSOLE_ROOMS.map((room) => ({
    files: [`apps/console/src/app/${room}/**/*.ts`],
    rules: consoleRule(
      forbid(
        CONSOLE_ROOMS.filter((other) => other !== room).flatMap((other) => [
          `../${other}/*`,
          `../../${other}/*`,
        ]),
        'Screens share through shared/, not with each other.',
      ),
    ),
  })),
];

/** The command line is a client like any other: it has the SDK, the shared shapes, and nothing of the server. */
export const cliBoundaries = [
  {
    files: ['apps/cli/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(?!(\\.|node:|commander$|csv-parse$|@jest/globals$|@modelwright/(sdk|contracts)$))',
              message:
                'The command line knows the server through @modelwright/sdk and @modelwright/contracts only.',
            },
            forbid(
              ['**/apps/**', '**/libs/**', '**/migrations/**', '**/tools/**'],
              'The command line reaches into no other part of the workspace.',
            ),
          ],
        },
      ],
    },
  },
];
