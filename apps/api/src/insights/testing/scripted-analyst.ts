import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FakeProcess, FakeProgram } from '@modelwright/container-runtime';
import type { InsightSpec, ShapRowResult } from '@modelwright/contracts';

const COMMAND_POLL_MS = 20;

/** An analysis in TypeScript for the fake runtime: same files, same events, same exit codes, no mathematics. */
export class ScriptedAnalyst {
  readonly spec: InsightSpec;
  private seq = 0;

  constructor(readonly process: FakeProcess) {
    this.spec = JSON.parse(readFileSync(this.path('/control/spec.json'), 'utf8'));
  }

  path(inside: string): string {
    const found = this.process.hostPath(inside);
    if (found === undefined) throw new Error(`Nothing is mounted at ${inside}.`);
    return found;
  }

  emit(type: string, fields: Record<string, unknown> = {}): void {
    this.seq += 1;
    const event = { seq: this.seq, at: new Date().toISOString(), type, ...fields };
    appendFileSync(this.path('/workspace/events.jsonl'), `${JSON.stringify(event)}\n`);
  }

  progress(share: number, step: string): void {
    this.emit('progress', { share, step });
  }

  result(value: unknown): void {
    const file = this.path('/workspace/result.json');
    writeFileSync(`${file}.part`, typeof value === 'string' ? value : JSON.stringify(value));
    renameSync(`${file}.part`, file);
  }

  succeed(): number {
    this.progress(0.5, 'Explaining rows');
    this.result(exampleResult());
    this.emit('finished', { outcome: 'succeeded', reason: null, elapsedSeconds: 1 });
    return 0;
  }

  fail(reason: string): number {
    this.emit('finished', { outcome: 'failed', reason, elapsedSeconds: 1 });
    return 1;
  }

  /** Ends as the program does when the host says cancel; also when it is told to end. */
  async untilCancelled(): Promise<number> {
    const file = join(this.path('/control'), 'command.json');
    while (!existsSync(file) && !this.process.stopped.aborted) await sleep(COMMAND_POLL_MS);
    this.emit('finished', { outcome: 'cancelled', elapsedSeconds: 1 });
    return 3;
  }
}

export function analyst(script: (analyst: ScriptedAnalyst) => number | Promise<number>): FakeProgram {
  return async (process) => script(new ScriptedAnalyst(process));
}

export function exampleResult(): ShapRowResult {
  const output = {
    label: 'Yes',
    space: 'log_odds' as const,
    link: 'logistic' as const,
    unit: 'log-odds of Yes',
  };
  return {
    kind: 'shap_row',
    method: { name: 'tree_shap', label: 'TreeSHAP', source: 'a paper' },
    data: 'given',
    rows: 1,
    seconds: 0.1,
    notes: [],
    row: null,
    actual: null,
    explanation: {
      index: 0,
      prediction: 'Yes',
      probabilities: { No: 0.2, Yes: 0.8 },
      output,
      base: 0,
      sum: 1.386,
      predicted: 0.8,
      error: 0,
      contributions: [{ column: 'tenure', value: 1, contribution: 1.386 }],
    },
  };
}
