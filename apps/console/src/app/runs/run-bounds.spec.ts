import { typedProblems, withoutProblems } from './run-bounds';
import { EMPTY_DRAFT } from './run-draft';

describe('what is typed for a run', () => {
  it.each([
    ['folds', 1, 'A whole number from 2 to 20.'],
    ['folds', 2.5, 'A whole number from 2 to 20.'],
    ['folds', 500, 'A whole number from 2 to 20.'],
    ['folds', Number.NaN, 'A whole number from 2 to 20.'],
    ['repeats', 0, 'A whole number from 1 to 10.'],
    ['repeats', 99, 'A whole number from 1 to 10.'],
    ['cpus', 0, 'A number from 0.5 to 256.'],
    ['memoryMb', 1, 'A whole number from 512 to 1,048,576.'],
    ['seed', -5, 'A whole number from 0 to 4,294,967,295.'],
    ['latencyBudgetMs', -3, 'A number above 0, at most 60,000, or nothing.'],
    ['latencyBudgetMs', 0, 'A number above 0, at most 60,000, or nothing.'],
    ['maxCandidates', 0, 'A whole number from 1 to 5,000, or nothing.'],
  ])('refuses %s %d at its field, and says what would do', (field, value, words) => {
    const draft = { ...EMPTY_DRAFT, [field]: value };
    expect(typedProblems(draft)).toEqual({ [field]: words });
    expect(withoutProblems({ ...draft, name: 'kept' })).toEqual({ ...EMPTY_DRAFT, name: 'kept' });
  });

  it('refuses weights and costs that are no numbers the API takes', () => {
    expect(typedProblems({ ...EMPTY_DRAFT, classWeights: { yes: 0, no: 1 } }).weights).toContain('above 0');
    const costMatrix = {
      labels: ['a', 'b'],
      costs: [
        [0, Number.NaN],
        [1, 0],
      ],
    };
    expect(typedProblems({ ...EMPTY_DRAFT, costMatrix }).costs).toBeDefined();
  });

  it('asks for the time only where it is chosen, and for folds only where there are some', () => {
    expect(typedProblems({ ...EMPTY_DRAFT, budgetSeconds: 5 })).toEqual({});
    expect(typedProblems({ ...EMPTY_DRAFT, preset: 'custom', budgetSeconds: 5 })).toEqual({
      budgetSeconds: 'A whole number from 10 to 86,400.',
    });
    expect(typedProblems({ ...EMPTY_DRAFT, task: 'clustering', folds: 1 })).toEqual({});
  });
});
