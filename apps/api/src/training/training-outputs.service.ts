import type { CandidateState } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { RunEventRepository } from './run-event.repository.js';
import type { RunOutputs } from './run-outputs.js';
import { RunRepository } from './run.repository.js';
import { RunFinisher } from './supervise/run-finisher.js';
import { runNotFound } from './run-problems.js';

/** What the rooms above may ask about finished runs. */
@Injectable()
export class TrainingOutputs {
  constructor(
    private readonly runs: RunRepository,
    private readonly events: RunEventRepository,
    private readonly finisher: RunFinisher,
  ) {}

  /** Outputs of a succeeded run. @throws Problem `run-not-found`, `run-not-promotable` with the reason (M1) */
  async promotable(scope: Scope, runId: string): Promise<RunOutputs> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    if (run.status !== 'succeeded')
      throw new Problem(
        'run-not-promotable',
        `Run "${run.name}" is ${run.status}; only a succeeded run can become a model.`,
      );
    const output = await this.runs.findOutput(scope, runId);
    if (!output)
      throw new Problem('run-not-promotable', `Run "${run.name}" has no stored model. Train again.`);
    return this.finisher.describe(scope, run, output);
  }

  /** What a run found out about one of its candidates; null when it never told. */
  async candidateOf(scope: Scope, runId: string, candidateId: string): Promise<CandidateState | null> {
    return (await this.events.candidate(scope, runId, candidateId)) ?? null;
  }
}
