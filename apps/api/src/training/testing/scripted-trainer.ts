import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeProcess, FakeProgram } from '@modelwright/container-runtime';
import type { ModelContract, ModelEvaluation, RunCommand, RunSpec } from '@modelwright/contracts';

const COMMAND_POLL_MS = 20;

/** A trainer in TypeScript for the fake runtime: same files, same events, same exit codes, no mathematics. */
export class ScriptedTrainer {
  readonly spec: RunSpec;
  private seq = 0;
  private asked: RunCommand['command'] | undefined;
  private readonly startedAt = Date.now();

  constructor(readonly process: FakeProcess) {
    this.spec = JSON.parse(readFileSync(this.path('/control/spec.json'), 'utf8'));
  }

  path(inside: string): string {
    const found = this.process.hostPath(inside);
    if (found === undefined) throw new Error(`Nothing is mounted at ${inside}.`);
    return found;
  }

  get eventsFile(): string {
    return this.path('/workspace/events.jsonl');
  }

  emit(type: string, fields: Record<string, unknown> = {}): void {
    this.seq += 1;
    this.raw(`${JSON.stringify({ seq: this.seq, at: new Date().toISOString(), type, ...fields })}\n`);
  }

  /** Writes bytes as they are, and counts nothing. */
  raw(text: string): void {
    appendFileSync(this.eventsFile, text);
  }

  get elapsedSeconds(): number {
    return (Date.now() - this.startedAt) / 1000;
  }

  stage(stage: string, status: 'started' | 'finished' = 'started'): void {
    this.emit('stage', { stage, status, ...(status === 'finished' ? { seconds: 0.1 } : {}) });
  }

  plan(candidateIds: readonly string[] = ['c1', 'c2']): void {
    this.emit('plan', {
      task: this.spec.task,
      metric: this.spec.metric,
      greaterIsBetter: true,
      folds: 5,
      validation: this.spec.validation.strategy,
      rows: 100,
      trainRows: 80,
      holdoutRows: 20,
      features: 2,
      excluded: [],
      candidates: candidateIds.map((candidateId) => ({
        candidateId,
        family: 'linear',
        label: 'Linear model',
      })),
    });
  }

  candidate(candidateId: string, fields: Record<string, unknown> = {}): void {
    this.emit('candidate', {
      candidateId,
      family: 'linear',
      label: 'Linear model',
      status: 'running',
      ...fields,
    });
  }

  scored(candidateId: string, score: number, fields: Record<string, unknown> = {}): void {
    const foldScores = [score - 0.01, score + 0.01, score];
    this.candidate(candidateId, {
      status: 'succeeded',
      score,
      foldScores,
      std: 0.01,
      fold: 3,
      folds: 3,
      ...fields,
    });
    this.emit('best', { candidateId, score, elapsedSeconds: this.elapsedSeconds });
  }

  log(message: string, level: 'info' | 'warning' | 'error' = 'info'): void {
    this.emit('log', { level, message });
  }

  finished(outcome: 'succeeded' | 'failed' | 'cancelled', fields: Record<string, unknown> = {}): void {
    this.emit('finished', { outcome, elapsedSeconds: this.elapsedSeconds, ...fields });
  }

  /** Resolves to what the host asks for next, or to `signal` when it is told to end. */
  async command(): Promise<RunCommand['command'] | 'signal'> {
    const file = join(this.path('/control'), 'command.json');
    for (;;) {
      if (this.process.stopped.aborted) return 'signal';
      const asked = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).command : undefined;
      if (asked !== undefined && asked !== this.asked) {
        this.asked = asked;
        return asked;
      }
      await sleep(COMMAND_POLL_MS);
    }
  }

  /** Stands still and goes on as it is told, until it is to end; says to which end. */
  async obey(): Promise<'stop' | 'cancel' | 'signal' | 'continue'> {
    for (;;) {
      const asked = await this.command();
      if (asked === 'pause') this.emit('paused', { elapsedSeconds: this.elapsedSeconds });
      else {
        if (asked === 'continue' || asked === 'stop')
          this.emit('resumed', { elapsedSeconds: this.elapsedSeconds });
        return asked;
      }
    }
  }

  /** Leaves what the search knows, for a run that goes on from it. */
  writeSearchState(content = 'what was tried'): void {
    const folder = this.path('/workspace/search-state');
    mkdirSync(join(folder, 'predictions'), { recursive: true });
    writeFileSync(join(folder, 'board.json'), JSON.stringify({ content }));
    writeFileSync(join(folder, 'predictions', 'c1.npy'), content);
  }

  /** Leaves a complete model behind. */
  writeModel(
    change: {
      model?: Buffer;
      holdout?: Buffer | undefined;
      predictions?: Buffer | undefined;
      files?: Record<string, unknown>;
      manifest?: Record<string, unknown>;
    } = {},
  ): void {
    const folder = this.path('/workspace/model');
    mkdirSync(folder, { recursive: true });
    const contents: Record<string, Buffer> = {
      'model.joblib': change.model ?? Buffer.from(`pipeline of ${this.spec.runId}`),
      'holdout.parquet': change.holdout ?? Buffer.from('PAR1 held-out rows PAR1'),
      'predictions.parquet': change.predictions ?? Buffer.from('PAR1 out-of-fold predictions PAR1'),
      'recipes.json': json(
        change.files?.['recipes.json'] ?? {
          c1: { family: 'linear', hyperparameters: { alpha: 0.1 }, folds: 5 },
        },
      ),
      'contract.json': json(change.files?.['contract.json'] ?? exampleContract(this.spec)),
      'evaluation.json': json(change.files?.['evaluation.json'] ?? exampleEvaluation(this.spec)),
      'environment.json': json(
        change.files?.['environment.json'] ?? {
          python: '3.11.9',
          packages: { 'scikit-learn': '1.7.0' },
          imageVersion: '0.1.0',
          seed: this.spec.seed,
          hardware: { cpus: 2 },
        },
      ),
    };
    for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, name), bytes);
    const files = Object.entries(contents).map(([name, bytes]) => ({
      name,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sizeBytes: bytes.length,
    }));
    const manifest = {
      files,
      runId: this.spec.runId,
      dataSha256: this.spec.dataSha256,
      seed: this.spec.seed,
      runtimeVersion: '0.1.0',
      ...change.manifest,
    };
    writeFileSync(join(folder, 'manifest.json'), json(manifest));
  }

  /**
   * Everything from the plan to the last event of a run that goes well.
   * @param looks whether there is time to look for leaks
   */
  succeed(score = 0.85, model: Parameters<ScriptedTrainer['writeModel']>[0] = {}, looks = true): number {
    this.stage('load');
    this.stage('load', 'finished');
    this.plan(['baseline', 'c1']);
    this.stage('search');
    this.candidate('baseline', { family: 'baseline', status: 'succeeded', score: 0.5, isBaseline: true });
    this.scored('c1', score, { predictMsPerRow: 0.01, sizeBytes: 1000 });
    this.stage('search', 'finished');
    if (looks) this.stage('check', 'finished');
    this.writeModel(model);
    this.finished('succeeded', { winnerCandidateId: 'c1', score, holdoutScore: score - 0.01 });
    return 0;
  }
}

export function trainer(script: (trainer: ScriptedTrainer) => number | Promise<number>): FakeProgram {
  return async (process) => script(new ScriptedTrainer(process));
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function exampleContract(spec: Pick<RunSpec, 'target' | 'task' | 'columns'>): ModelContract {
  const features = spec.columns.filter((column) => column.role === 'feature');
  return {
    schemaVersion: 1,
    task: spec.task,
    target: spec.target === null ? null : { name: spec.target, type: 'category' },
    output:
      spec.task === 'regression'
        ? { kind: 'number', min: 0, max: 10 }
        : { kind: 'class', classes: ['No', 'Yes'], positiveClass: 'Yes' },
    inputs: features.map(({ name, type }) => ({ name, type, nullable: true, required: true })),
    example: Object.fromEntries(features.map(({ name }) => [name, 1])),
  };
}

export function exampleEvaluation(spec: Pick<RunSpec, 'metric'>): ModelEvaluation {
  return {
    metric: { name: spec.metric, greaterIsBetter: true },
    holdout: {
      rows: 200,
      metrics: [{ name: spec.metric, value: 0.84, low: 0.8, high: 0.88, greaterIsBetter: true }],
    },
    crossValidation: { folds: 5, scores: [0.84, 0.85, 0.86, 0.85, 0.85], mean: 0.85, std: 0.007 },
    baseline: { score: 0.5, holdoutScore: 0.5 },
    sentence: 'Wrong on 20 of 100 held-out rows.',
    importance: null,
  };
}
