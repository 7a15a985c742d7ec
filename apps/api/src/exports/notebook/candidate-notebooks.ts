import type { CandidateState } from '@modelwright/contracts';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { Problem } from '../../platform/problems/problem.js';
import { TrainingOutputs } from '../../training/training-outputs.service.js';
import { candidateNotebook, type NotebookMember } from './candidate-notebook.js';

/** Notebooks that fit and judge a candidate of a run again. */
@Injectable()
export class CandidateNotebooks {
  constructor(
    private readonly outputs: TrainingOutputs,
    private readonly config: AppConfig,
  ) {}

  /** @throws Problem `run-not-found`, `not-found`, `conflict` for a candidate that was not judged on every fold */
  async get(scope: ProjectScope, runId: string, candidateId: string): Promise<StreamableFile> {
    const facts = await this.outputs.replayFacts(scope, runId);
    const candidate = facts.candidates.find((known) => known.candidateId === candidateId);
    if (!candidate) throw new Problem('not-found', `Run "${facts.runName}" has no candidate ${candidateId}.`);
    if (candidate.status !== 'succeeded' || candidate.score == null)
      throw new Problem(
        'conflict',
        `${candidate.label} is ${candidate.status}: only a candidate that was judged on every fold has a notebook.`,
      );
    const notebook = candidateNotebook({
      ...facts,
      candidate,
      members: membersOf(candidate, facts.candidates),
      isWinner: facts.winnerCandidateId === candidateId,
      image: this.config.execution.image,
    });
    const name = `${facts.runName}-${candidateId}`.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 120);
    return new StreamableFile(Buffer.from(`${JSON.stringify(notebook, null, 1)}\n`), {
      type: 'application/x-ipynb+json',
      disposition: `attachment; filename="${name}.ipynb"`,
    });
  }
}

/** The recipes of a candidate with their weights: itself, or the members of an ensemble. */
function membersOf(candidate: CandidateState, all: readonly CandidateState[]): NotebookMember[] {
  const weights = candidate.members ?? [];
  if (weights.length === 0)
    return [{ family: candidate.family, hyperparameters: candidate.hyperparameters ?? {}, weight: 1 }];
  return weights.flatMap(({ candidateId, weight }) => {
    const member = all.find((known) => known.candidateId === candidateId);
    return member ? [{ family: member.family, hyperparameters: member.hyperparameters ?? {}, weight }] : [];
  });
}
