import { Injectable } from '@nestjs/common';
import type {
  CandidateState,
  ModelContract,
  ModelEnvironment,
  ModelEvaluation,
  ModelManifest,
  RunOrigin,
  Task,
} from '@modelwright/contracts';
import type { EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';

/** What a succeeded run left behind, for the rooms above. */
export interface RunOutputs {
  readonly runId: string;
  readonly runName: string;
  readonly projectId: string;
  readonly datasetId: string;
  readonly datasetName: string;
  readonly datasetVersionId: string;
  readonly datasetVersionNumber: number;
  readonly dataSha256: string;
  /** Null for clustering. */
  readonly target: string | null;
  readonly task: Task;
  readonly metric: string;
  readonly seed: number;
  /** How the run came about: what a reproduction leaves is compared, not registered. */
  readonly origin: RunOrigin;
  readonly winner: Pick<CandidateState, 'candidateId' | 'family' | 'label'>;
  readonly score: number | null;
  readonly createdBy: string | null;
  /** Keys of the artifacts: the fitted pipeline and the documents beside it, byte for byte as the trainer wrote them. */
  readonly artifacts: { readonly model: string; readonly contract: string; readonly manifest: string };
  readonly modelSha256: string;
  readonly modelSizeBytes: number;
  readonly contract: ModelContract;
  readonly evaluation: ModelEvaluation;
  readonly environment: ModelEnvironment;
  readonly manifest: ModelManifest;
}

export interface ModelLink {
  readonly modelId: string;
  readonly modelVersionId: string;
}

/** A room that makes something of succeeded runs. Registers in its `onModuleInit`; arrows keep pointing down. */
export interface RunOutputsConsumer {
  /**
   * Called in the transaction that makes the run succeeded, so that both happen or neither, and once.
   * @param manager of that transaction
   */
  runSucceeded(scope: Scope, outputs: RunOutputs, manager: EntityManager): Promise<void>;
  /** What was made of runs, by run id. */
  linksOf(scope: Scope, runIds: readonly string[]): Promise<ReadonlyMap<string, ModelLink>>;
  /** Names of the things that still need the run. */
  dependentsOf(scope: Scope, runId: string): Promise<readonly string[]>;
}

@Injectable()
export class RunOutputsRegistry {
  private readonly consumers: RunOutputsConsumer[] = [];

  register(consumer: RunOutputsConsumer): void {
    this.consumers.push(consumer);
  }

  async runSucceeded(scope: Scope, outputs: RunOutputs, manager: EntityManager): Promise<void> {
    for (const consumer of this.consumers) await consumer.runSucceeded(scope, outputs, manager);
  }

  async linksOf(scope: Scope, runIds: readonly string[]): Promise<ReadonlyMap<string, ModelLink>> {
    if (runIds.length === 0) return new Map();
    const links = await Promise.all(this.consumers.map((consumer) => consumer.linksOf(scope, runIds)));
    return new Map(links.flatMap((map) => [...map]));
  }

  async dependentsOf(scope: Scope, runId: string): Promise<string[]> {
    const names = await Promise.all(this.consumers.map((consumer) => consumer.dependentsOf(scope, runId)));
    return names.flat();
  }
}
