import type { StudySpace } from '@modelwright/sdk';
import { dimensionProblem, draftOf, requestOf } from './study-draft';

const OFFERED: StudySpace = {
  family: 'linear',
  label: 'Linear model',
  base: { strength: 1, knots: 3 },
  space: [
    { name: 'strength', kind: 'float', low: 0.0001, high: 100, log: true },
    { name: 'knots', kind: 'categorical', choices: [0, 3, 5] },
  ],
  samplers: [],
  pruners: [],
  secondsPerTrial: 1,
  budgetSeconds: 60,
  maxTrials: 50,
};

describe('The draft of a study', () => {
  const draft = draftOf(OFFERED);
  const [strength, knots] = draft.dimensions;
  if (!strength || !knots) throw new Error('Two hyperparameters are offered.');

  it('asks for what is offered when nothing is changed', () => {
    expect(requestOf(draft)).toEqual({
      space: OFFERED.space,
      sampler: 'tpe',
      pruner: 'median',
      maxTrials: 50,
      budgetSeconds: 60,
    });
  });

  it('says what is wrong with a range before it is sent', () => {
    expect(dimensionProblem({ ...strength, low: '' })).toContain('numbers');
    expect(dimensionProblem({ ...strength, low: '200' })).toContain('less than');
    expect(dimensionProblem({ ...strength, low: '-1' })).toContain('logarithmic');
    expect(dimensionProblem({ ...strength, kind: 'int', log: false, low: '0.5' })).toContain('whole');
    expect(dimensionProblem({ ...strength, low: '', use: false })).toBeUndefined();
  });

  it('leaves out what is not searched, and values that are not chosen', () => {
    const dimensions = [
      { ...strength, use: false },
      { ...knots, choices: knots.choices.map((choice) => ({ ...choice, use: choice.value !== 5 })) },
    ];

    expect(requestOf({ ...draft, dimensions })?.space).toEqual([
      { name: 'knots', kind: 'categorical', choices: [0, 3] },
    ]);
    expect(requestOf({ ...draft, dimensions: [] })).toBeUndefined();
  });
});
