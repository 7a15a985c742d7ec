import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { cliBoundaries, consoleBoundaries, libraryBoundaries, roomBoundaries } from './boundaries.mjs';

/** Only the floor plan, without type information: the rule sees text that is in no project. */
const eslint = new ESLint({
  overrideConfigFile: true,
  overrideConfig: [
    { files: ['**/*.ts'], languageOptions: { ecmaVersion: 2023, sourceType: 'module' } },
    ...roomBoundaries,
    ...libraryBoundaries,
    ...consoleBoundaries,
    ...cliBoundaries,
  ],
});

async function complaints(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

describe('import boundaries', () => {
  it.each([
    [
      'a lower room importing a higher one',
      'apps/api/src/datasets/a.ts',
      `import { x } from '../training/training.service.js';`,
    ],
    [
      "a room importing another room's entity",
      'apps/api/src/training/a.ts',
      `import { x } from '../datasets/dataset.entity.js';`,
    ],
    [
      "a room importing another room's repository",
      'apps/api/src/models/a.ts',
      `import { x } from '../training/runs.repository.js';`,
    ],
    [
      "a room importing another room's wire shapes",
      'apps/api/src/deployments/predict/a.ts',
      `import { x } from '../../models/model.dto.js';`,
    ],
    [
      'the platform importing a room',
      'apps/api/src/platform/http/a.ts',
      `import { x } from '../../datasets/datasets.service.js';`,
    ],
    ['the back end importing the SDK', 'apps/api/src/auth/a.ts', `import { x } from '@modelwright/sdk';`],
    [
      'a library importing the framework',
      'libs/table-engine/src/a.ts',
      `import { x } from '@nestjs/common';`,
    ],
    [
      'a library importing an app',
      'libs/contracts/src/a.ts',
      `import { x } from '../../../apps/api/src/main.js';`,
    ],
    [
      'the console importing the database driver',
      'apps/console/src/app/shell/a.ts',
      `import { x } from 'pg';`,
    ],
    ['a screen importing the database driver', 'apps/console/src/app/runs/a.ts', `import { x } from 'pg';`],
    [
      'the console importing the back end',
      'apps/console/src/app/home/a.ts',
      `import { x } from '../../../../apps/api/src/main.js';`,
    ],
    [
      'one screen importing another',
      'apps/console/src/app/runs/a.ts',
      `import { x } from '../data/data.store';`,
    ],
    [
      'the command line importing a library of the server',
      'apps/cli/src/commands/a.ts',
      `import { x } from '@modelwright/table-engine';`,
    ],
    [
      'the command line importing the back end',
      'apps/cli/src/commands/a.ts',
      `import { x } from '../../../api/src/../../apps/api/src/main.js';`,
    ],
  ])('refuse %s', async (_, filePath, code) => {
    expect(await complaints(filePath, code)).toEqual(['no-restricted-imports']);
  });

  it.each([
    [
      "a higher room using a lower room's service",
      'apps/api/src/training/a.ts',
      `import { x } from '../datasets/datasets.service.js';`,
    ],
    [
      'a room using the platform',
      'apps/api/src/datasets/a.ts',
      `import { x } from '../platform/problems/problem.js';`,
    ],
    [
      'a room using its own entity',
      'apps/api/src/datasets/rows/a.ts',
      `import { x } from '../dataset.entity.js';`,
    ],
    [
      'a screen using what is shared',
      'apps/console/src/app/runs/a.ts',
      `import { x } from '../shared/ui/view';`,
    ],
    [
      'the command line using the SDK',
      'apps/cli/src/commands/a.ts',
      `import { x } from '@modelwright/sdk'; import { y } from '../output/printer.js';`,
    ],
  ])('allow %s', async (_, filePath, code) => {
    expect(await complaints(filePath, code)).toEqual([]);
  });

  it('refuse reading the environment outside the configuration', async () => {
    expect(await complaints('apps/api/src/datasets/a.ts', 'export const x = process.env.HOME;')).toEqual([
      'no-restricted-properties',
    ]);
    expect(
      await complaints('apps/api/src/platform/config/a.ts', 'export const x = process.env.HOME;'),
    ).toEqual([]);
  });
});
