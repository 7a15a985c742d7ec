import type { CandidateState, RunSpec } from '@modelwright/contracts';
import { candidateNotebook, type NotebookFacts } from './candidate-notebook.js';

const spec = {
  schemaVersion: 1,
  runId: '0192a000-0000-7000-8000-000000000001',
  datasetPath: '/data/dataset.parquet',
  dataSha256: 'ab',
  target: 'churn *now*',
  task: 'binary',
  metric: 'roc_auc',
  budgetSeconds: 60,
  seed: 42,
  validation: { strategy: 'stratified', folds: 5, column: null },
  holdoutFraction: 0.2,
  columns: [],
  excludedColumns: [],
  families: ['linear'],
  limits: { memoryMb: 4096, cpus: 2 },
} as unknown as RunSpec;
const candidate: CandidateState = {
  candidateId: 'linear-1',
  family: 'linear',
  label: 'Linear model',
  status: 'succeeded',
  score: 0.8123456,
  folds: 5,
};
const facts: NotebookFacts = {
  runId: spec.runId,
  runName: 'quick run',
  datasetName: 'customers',
  datasetVersionNumber: 2,
  spec,
  candidate,
  members: [{ family: 'linear', hyperparameters: { knots: 4 }, weight: 1 }],
  isWinner: false,
  image: 'runtime:1',
};
const textOf = (notebook: ReturnType<typeof candidateNotebook>): string =>
  notebook.cells.map((cell) => cell.source.join('')).join('\n');

describe('candidateNotebook', () => {
  it('is nbformat 4.5 with an id for every cell', () => {
    const notebook = candidateNotebook(facts);
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5]);
    const ids = notebook.cells.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
  });

  it('is the same when it is made again, and has other ids for another candidate', () => {
    expect(candidateNotebook(facts)).toEqual(candidateNotebook(facts));
    const other = candidateNotebook({ ...facts, candidate: { ...candidate, candidateId: 'linear-2' } });
    expect(other.cells[0]?.id).not.toBe(candidateNotebook(facts).cells[0]?.id);
  });

  it('holds the specification and the recipe as Python', () => {
    const text = textOf(candidateNotebook(facts));
    expect(text).toContain('(1, recipe("linear", {"knots": 4})),');
    expect(text).toContain('"datasetPath": "dataset.parquet"');
    expect(text).toContain('found_by_the_run = 0.8123456');
  });

  it('judges the hold-out for the winner only', () => {
    expect(textOf(candidateNotebook(facts))).not.toContain('holdout_score');
    expect(textOf(candidateNotebook({ ...facts, isWinner: true }))).toContain('holdout_score');
  });

  it('shows names as they are, whatever they mean in Markdown', () => {
    expect(textOf(candidateNotebook(facts))).toContain(String.raw`predicts **churn \*now\***`);
  });

  it('says why the score of a blend may differ', () => {
    const blend = candidateNotebook({ ...facts, candidate: { ...candidate, isEnsemble: true } });
    expect(textOf(blend)).toContain('It is a blend');
  });
});
