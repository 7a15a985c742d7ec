import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeProcess, FakeProgram } from '@modelwright/container-runtime';

const pathOf = (process: FakeProcess, inside: string): string => {
  const path = process.hostPath(inside);
  if (path === undefined) throw new Error(`Nothing is mounted at ${inside}.`);
  return path;
};

/** What the host asked for. */
export const documentOf = (process: FakeProcess): Record<string, unknown> =>
  JSON.parse(readFileSync(join(pathOf(process, '/control'), 'job.json'), 'utf8')) as Record<string, unknown>;

const write = (process: FakeProcess, name: string, value: unknown): void =>
  writeFileSync(join(pathOf(process, '/workspace'), name), JSON.stringify(value));

const outOf = (process: FakeProcess): string => {
  const out = join(pathOf(process, '/workspace'), 'out');
  mkdirSync(out, { recursive: true });
  return out;
};

/** An export that comes out at once. */
export const makes =
  (
    file: string,
    content = 'a model',
    details: object = { requirements: ['numpy==2.0'], checkedRows: 200 },
  ): FakeProgram =>
  (process) => {
    write(process, 'progress.json', { percent: 50, step: 'Half way' });
    writeFileSync(join(outOf(process), file), content);
    write(process, 'result.json', {
      outcome: 'succeeded',
      file,
      details,
    });
    return Promise.resolve(0);
  };

/** A job that waits for its end. */
export const hangs: FakeProgram = async (process) => {
  write(process, 'progress.json', { percent: 10, step: 'Loading the model' });
  await new Promise((resolve) => process.stopped.addEventListener('abort', resolve, { once: true }));
  return 137;
};

/** A job that says something of its own choice as its result. */
export const answers =
  (result: unknown, code = 0): FakeProgram =>
  (process) => {
    write(process, 'result.json', result);
    return Promise.resolve(code);
  };

export const REPORT = { form: 'pickle', runtimeVersion: '1.0.0', steps: ['model: LogisticRegression'] };

const DOCUMENTS = {
  'contract.json': {
    schemaVersion: 1,
    task: 'binary',
    target: { name: 'churned', type: 'category' },
    output: { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' },
    inputs: [{ name: 'months', type: 'integer', nullable: true, required: true }],
    example: { months: 3 },
  },
  'evaluation.json': {
    metric: { name: 'roc_auc', greaterIsBetter: true },
    holdout: {
      rows: 60,
      metrics: [{ name: 'roc_auc', value: 0.8, low: 0.7, high: 0.9, greaterIsBetter: true }],
    },
    crossValidation: { folds: 0, scores: [], mean: 0.8, std: 0 },
    sentence: 'Wrong on 20 of 100 rows of the sample.',
  },
  'environment.json': { python: '3.11.2', packages: { numpy: '2.0' }, seed: 0 },
};

/** An inspection that finds a model. `tampered` changes a file after it was sealed. */
export const findsModel =
  (tampered = false): FakeProgram =>
  (process) => {
    const out = outOf(process);
    const files = Object.entries({ ...DOCUMENTS, 'model.joblib': 'bytes' }).map(([name, value]) => {
      const content = typeof value === 'string' ? value : JSON.stringify(value);
      writeFileSync(join(out, name), content);
      return { name, sha256: createHash('sha256').update(content).digest('hex'), sizeBytes: content.length };
    });
    if (tampered) writeFileSync(join(out, 'model.joblib'), 'other');
    const manifest = { files, runId: '', dataSha256: '', seed: 0, runtimeVersion: '1.0.0' };
    writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest));
    write(process, 'result.json', { outcome: 'succeeded', usable: true, reason: null, report: REPORT });
    return Promise.resolve(0);
  };
