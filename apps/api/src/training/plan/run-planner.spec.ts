import type { CreateRunRequest } from '../create-run.dto.js';
import { churnTable, column } from '../testing/fake-training-data.js';
import { planRun } from './run-planner.js';

const limits = { memoryMb: 4096, cpus: 2, maxBudgetSeconds: 3600 };
const request = (change: Partial<CreateRunRequest> = {}): CreateRunRequest => ({
  datasetId: '01890000-0000-7000-8000-000000000000',
  preset: 'quick',
  ...change,
});
const plan = (change: Partial<CreateRunRequest> = {}, table = churnTable()) =>
  planRun(table, request(change), limits);
const codes = (planned: ReturnType<typeof plan>): string[] => planned.blockers.map(({ code }) => code);

describe('A plan', () => {
  it('follows from the data alone', () => {
    expect(plan()).toMatchObject({
      target: 'Churn',
      task: 'binary',
      metric: { name: 'roc_auc' },
      validation: { strategy: 'stratified', folds: 5, column: null },
      budgetSeconds: 60,
      seed: 42,
      trainRows: 800,
      holdoutRows: 200,
      features: ['tenure', 'contract'],
      blockers: [],
    });
  });

  it('tries the baseline first, and always', () => {
    expect(plan({ families: ['lightgbm'] }).families).toEqual(['baseline', 'lightgbm']);
    expect(plan().candidates[0]?.family).toBe('baseline');
  });

  it('gives every column the role that it has in this run', () => {
    expect(plan({ excludedColumns: ['tenure'] }).columns.map(({ name, role }) => [name, role])).toEqual([
      ['id', 'identifier'],
      ['tenure', 'ignore'],
      ['contract', 'feature'],
      ['Churn', 'target'],
    ]);
  });

  it('says everything that is in the way at once, and what was probably meant', () => {
    const planned = plan({ target: 'tenure', task: 'binary', metric: 'rmse', excludedColumns: ['contract'] });

    expect(codes(planned)).toEqual(['task-does-not-fit', 'metric-does-not-fit']);
    expect(plan({ target: 'chrun' }).blockers[0]?.detail).toContain('Did you mean "Churn"?');
  });

  it('needs a feature', () => {
    expect(codes(plan({ excludedColumns: ['tenure', 'contract'] }))).toEqual(['no-features']);
  });

  it('needs rows with a target', () => {
    const few = churnTable({ rows: 9 });

    expect(codes(plan({}, few))).toContain('too-few-rows');
  });

  it('takes a budget with the preset custom only, and none beyond the limit of the installation', () => {
    expect(codes(plan({ preset: 'custom' }))).toEqual(['budget-missing']);
    expect(codes(plan({ preset: 'quick', budgetSeconds: 90 }))).toEqual(['budget-fixed']);
    expect(codes(plan({ preset: 'custom', budgetSeconds: 3601 }))).toEqual(['budget-too-long']);
    expect(plan({ preset: 'custom', budgetSeconds: 90 }).budgetSeconds).toBe(90);
  });

  it('needs a column to divide by group or by time', () => {
    const validation = (strategy: 'grouped' | 'time', name?: string) =>
      codes(plan({ validation: { strategy, column: name ?? null } }));

    expect(validation('grouped')).toEqual(['validation-column-missing']);
    expect(validation('grouped', 'id')).toEqual([]);
    expect(validation('grouped', 'Churn')).toEqual(['validation-column-is-target']);
    expect(validation('time', 'contract')).toEqual(['validation-column-unsuitable']);
    expect(validation('time', 'tenure')).toEqual([]);
  });

  it('refuses more folds than rows, and lowers its own number for a rare class with a word', () => {
    const rare = churnTable({
      rows: 100,
      columns: [
        column('x'),
        column('y', {
          type: 'category',
          distinct: 2,
          topValues: [
            { value: 'common', count: 97 },
            { value: 'rare', count: 3 },
          ],
        }),
      ],
      target: { column: 'y', task: 'binary', reason: 'two values' },
    });
    const tiny = { ...rare, rows: 12 };

    expect(plan({}, rare)).toMatchObject({ validation: { folds: 3 }, blockers: [] });
    expect(plan({}, rare).warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['rare-class', 'tiny-class']),
    );
    expect(codes(plan({ validation: { folds: 20 } }, tiny))).toContain('fewer-rows-than-folds');
  });

  it('warns when rows are ordered in time but divided at random', () => {
    const timed = churnTable({
      columns: [...churnTable().columns, column('day', { type: 'datetime', role: 'time' })],
    });

    expect(plan({}, timed).warnings.map(({ code }) => code)).toContain('time-column-random-split');
    expect(plan({ validation: { strategy: 'time' } }, timed).validation?.column).toBe('day');
  });

  it('names candidates that will not fit into memory, with the figures', () => {
    const wide = churnTable({
      rows: 1_000_000,
      columns: [
        ...Array.from({ length: 50 }, (_, index) => column(`x${index}`)),
        column('y', { distinct: 900_000 }),
      ],
      target: { column: 'y', task: 'regression', reason: 'a number' },
    });
    const forest = plan({}, wide).candidates.find(({ family }) => family === 'random_forest');

    expect(forest?.skipReason).toMatch(/^Needs about \d+\.\d GB, the limit is 4\.0 GB\.$/);
  });
});
