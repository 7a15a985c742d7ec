import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STUDY_SPACES, StudyDimension } from '@modelwright/contracts';
import { checkedSpace, spaceFor, suggestedStudy } from './study-space.js';

const COLUMNS = [{ name: 'tenure', type: 'integer' as const, role: 'feature' as const }];

describe('The search space of a study', () => {
  it('is the one that the trainer searches by itself', () => {
    const path = join(process.cwd(), 'docker/runtime/tests/training/study_spaces.json');

    expect(STUDY_SPACES).toEqual(JSON.parse(readFileSync(path, 'utf8')));
    for (const dimension of Object.values(STUDY_SPACES).flat())
      expect(StudyDimension.safeParse(dimension).success).toBe(true);
  });

  it('holds what the candidate has, and only what matters for its table', () => {
    const space = spaceFor(
      { family: 'lightgbm', hyperparameters: { learning_rate: 0.5, leaves: 31, category: 'native' } },
      COLUMNS,
    );

    expect(space.map(({ name }) => name)).toEqual(['learning_rate', 'leaves']);
    expect(space[0]).toMatchObject({ low: 0.01, high: 0.5, log: true });
  });

  it('takes in a choice that is not in the usual list', () => {
    const [dimension] = spaceFor({ family: 'linear', hyperparameters: { knots: 4 } }, COLUMNS);

    expect(dimension).toMatchObject({ name: 'knots', choices: [0, 3, 5, 8, 4] });
  });

  it('says what is wrong with a space, and where', () => {
    const { errors } = checkedSpace('linear', [
      { name: 'depth', kind: 'int', low: 1, high: 3 },
      { name: 'strength', kind: 'float', low: 2, high: 1 },
      { name: 'strength', kind: 'float', low: 1, high: 2 },
      { name: 'knots', kind: 'categorical', choices: [] },
      { name: 'pairs', kind: 'float', low: 0, high: 1, log: true },
      { name: 'category', kind: 'int', low: 0.5, high: 2 },
    ]);

    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '#/space/0/name',
      '#/space/1/high',
      '#/space/2/name',
      '#/space/3/choices',
      '#/space/4/low',
      '#/space/5/low',
    ]);
  });

  it('suggests the shortest usual time that suffices', () => {
    expect(suggestedStudy(1)).toEqual({ budgetSeconds: 60, maxTrials: 50 });
    expect(suggestedStudy(5)).toEqual({ budgetSeconds: 300, maxTrials: 50 });
    expect(suggestedStudy(1_000)).toEqual({ budgetSeconds: 3_600, maxTrials: 50 });
  });
});
