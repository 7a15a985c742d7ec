import type { CreateRunRequest } from '../create-run.dto.js';
import { churnTable, column } from '../testing/fake-training-data.js';
import { engineChoices } from './engine-choice.js';
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

  it.each(['feature', 'ignore'] as const)('warns of dates whose column is of role %s, too', (role) => {
    const dated = (distinct: number) =>
      churnTable({
        columns: [...churnTable().columns, column('pickup', { type: 'datetime', role, distinct })],
      });

    const warning = plan({}, dated(400)).warnings.find(({ code }) => code === 'time-column-random-split');
    expect(warning).toMatchObject({ findingKey: 'time-column-random-split', severity: 'warning' });
    expect(warning?.detail).toContain('"pickup" holds dates');
    const codesOf = (planned: ReturnType<typeof plan>) => planned.warnings.map(({ code }) => code);
    expect(codesOf(plan({}, dated(1)))).not.toContain('time-column-random-split');
    expect(codesOf(plan({ validation: { strategy: 'time' } }, dated(400)))).not.toContain(
      'time-column-random-split',
    );
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

  it('looks for groups without a target, and calls a target a contradiction', () => {
    const clusters = plan({ task: 'clustering' });

    expect(clusters).toMatchObject({
      target: null,
      task: 'clustering',
      metric: { name: 'silhouette' },
      blockers: [],
    });
    expect(clusters.families).toEqual(['kmeans', 'gaussian_mixture', 'agglomerative', 'hdbscan']);
    expect(clusters.features).toEqual(['tenure', 'contract', 'Churn']);
    expect(codes(plan({ task: 'clustering', target: 'Churn' }))).toEqual(['clustering-has-no-target']);
  });

  it('refuses families that do not fit the task', () => {
    expect(codes(plan({ families: ['kmeans'] }))).toEqual(['no-family']);
  });

  it('takes a given split out of the features, and refuses a column that gives none', () => {
    const part = column('part', {
      type: 'category',
      distinct: 2,
      topValues: [
        { value: 'Train', count: 800 },
        { value: 'test', count: 200 },
      ],
    });
    const table = churnTable();
    const split = { ...table, columns: [...table.columns, part] };
    const given = plan({ validation: { strategy: 'given', column: 'part' } }, split);

    expect(given.blockers).toEqual([]);
    expect(given.features).not.toContain('part');
    expect(codes(plan({ validation: { strategy: 'given', column: 'contract' } }, split))).toEqual([
      'validation-column-unsuitable',
    ]);
    expect(codes(plan({ validation: { strategy: 'given' } }, split))).toEqual(['validation-column-missing']);
  });

  it('does not repeat folds that are always the same', () => {
    const planned = plan({ validation: { strategy: 'given', column: 'contract', repeats: 3 } });

    expect(codes(planned)).toContain('repeats-do-not-fit');
    expect(plan({ validation: { repeats: 3 } }).validation).toMatchObject({ repeats: 3 });
  });

  it('refuses an engine that the image lacks, with the way to get it', () => {
    const [blocker] = plan({ engine: 'flaml' }).blockers;

    expect(blocker).toMatchObject({ code: 'engine-missing', pointer: '#/engine' });
    expect(blocker?.detail).toContain('build-runtime.sh');
    expect(
      planRun(churnTable(), request({ engine: 'flaml' }), limits, engineChoices(['flaml'])).blockers,
    ).toEqual([]);
  });

  it('keeps limits within those of the installation', () => {
    expect(codes(plan({ limits: { memoryMb: 99_999, cpus: 64 } }))).toEqual([
      'limit-too-high',
      'limit-too-high',
    ]);
    expect(plan({ limits: { memoryMb: 1024, maxCandidates: 5 } }).limits).toEqual({
      memoryMb: 1024,
      cpus: 2,
      maxCandidates: 5,
    });
  });

  it('chooses the class of the queue by the time, and refuses a time that is too long for a class', () => {
    expect(
      [plan(), plan({ preset: 'balanced' }), plan({ preset: 'thorough' })].map(({ runClass }) => runClass),
    ).toEqual(['interactive', 'standard', 'batch']);
    expect(codes(plan({ preset: 'balanced', class: 'interactive' }))).toEqual(['class-too-long']);
  });

  it('refuses a long table that memory cannot hold, with the numbers', () => {
    const columns = Array.from({ length: 100 }, (_, index) => column(`c${index}`));
    const long = { ...churnTable(), rows: 5_000_000 };
    const [blocker] = plan({}, { ...long, columns: [...columns, ...long.columns] }).blockers;

    expect(blocker).toMatchObject({ code: 'table-too-large' });
    expect(blocker?.detail).toMatch(
      /5,000,000 rows of 102 columns need about [\d.]+ GB of memory, the limit is 4.0 GB/,
    );
  });

  it('refuses a wide table when not one family fits', () => {
    const columns = Array.from({ length: 5_000 }, (_, index) => column(`c${index}`));
    const wide = { ...churnTable(), rows: 20_000 };
    const planned = plan(
      { families: ['random_forest'] },
      { ...wide, columns: [...columns, ...wide.columns] },
    );

    expect(codes(planned)).toEqual(['no-candidate-fits']);
    expect(planned.warnings.map(({ code }) => code)).toContain('memory-tight');
  });
});
