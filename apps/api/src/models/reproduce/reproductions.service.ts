import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { SystemScope, type ProjectScope, type Scope } from '../../platform/authorization/project-scope.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { isUniqueViolation } from '../../platform/database/pg-errors.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { toPage, type PageQuery } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { WorkQueue } from '../../platform/queue/work-queue.js';
import {
  RunOutputsRegistry,
  type ModelLink,
  type RunOutputs,
  type RunOutputsConsumer,
} from '../../training/run-outputs.js';
import { TrainingOutputs } from '../../training/training-outputs.service.js';
import { TrainingService } from '../../training/training.service.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { ModelsRepository } from '../models.repository.js';
import { ReproductionJudge } from './reproduction-judge.js';
import { toReproduction } from './reproduction-responses.js';
import type { ModelReproduction, ModelReproductionPage, SealedManifest } from './reproduction.dto.js';
import type { ModelReproductionEntity } from './reproduction.entity.js';
import { ReproductionRepository } from './reproduction.repository.js';

const JUDGE = 'models.reproduction';
/** Success tells of itself; failures are looked for. */
const LOOK_AGAIN_SECONDS = 10;
const LEAST_SECONDS = 300;

/** Trains versions again from their sealed manifest and says whether the same came out. */
@Injectable()
export class Reproductions implements RunOutputsConsumer, OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly models: ModelsRepository,
    private readonly repository: ReproductionRepository,
    private readonly training: TrainingService,
    private readonly outputs: TrainingOutputs,
    private readonly registry: RunOutputsRegistry,
    private readonly judge: ReproductionJudge,
    private readonly queue: WorkQueue,
    private readonly people: People,
    private readonly events: DomainEvents,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
    this.queue.register(JUDGE, { concurrency: 1, attempts: 5 }, (id) => this.look(id));
  }

  /** What was under way when the process ended is looked at again. */
  async onApplicationBootstrap(): Promise<void> {
    for (const { id } of await this.repository.unfinished()) await this.queue.enqueue(JUDGE, id);
  }

  /**
   * Starts a run on exactly what the version was made of: its rows, folds, seed, limits and the winner's recipe.
   * @param id for the attempt; one that exists already is what an earlier try of the same request made
   * @throws Problem `reproduction-running`, `conflict` when there is nothing to go by
   */
  async start(scope: ProjectScope, modelVersionId: string, id: string): Promise<ModelReproduction> {
    const earlier = await this.repository.find(scope, id);
    if (earlier) return toReproduction(earlier);
    const version = await this.versionOf(scope, modelVersionId);
    if (await this.repository.running(scope, modelVersionId)) throw alreadyRunning(version);
    const { runId, recipe } = await this.sealedRecipe(scope, version);
    const run = await this.training.repeatRun(scope, runId, {
      origin: 'reproduce',
      recipe,
      nameTail: 'again',
      budgetSeconds: await this.patience(scope, runId),
    });
    const names = await this.people.displayNames([scope.userId]);
    const row = {
      id,
      modelVersionId,
      runId: run.id,
      status: 'running' as const,
      verdict: null,
      findings: null,
      startedBy: scope.userId,
      startedByName: names.get(scope.userId) ?? null,
      createdAt: new Date(),
      finishedAt: null,
    };
    try {
      await this.repository.insert(scope, row);
    } catch (error) {
      await this.training.cancelRun(scope, run.id);
      if (isUniqueViolation(error, 'uq_model_reproduction__running')) throw alreadyRunning(version);
      throw error;
    }
    await this.queue.enqueue(JUDGE, id, { delaySeconds: LOOK_AGAIN_SECONDS });
    await this.tell(scope, version.modelId);
    return toReproduction({ ...row, projectId: scope.projectId });
  }

  async list(scope: Scope, modelVersionId: string, query: PageQuery): Promise<ModelReproductionPage> {
    await this.versionOf(scope, modelVersionId);
    const rows = await this.repository.list(scope, modelVersionId, query);
    return toPage(rows, query.limit, (row) => [row.id], toReproduction);
  }

  /** Everything that the version was made of: what a reproduction goes by. */
  async manifest(scope: Scope, modelVersionId: string): Promise<SealedManifest> {
    const version = await this.versionOf(scope, modelVersionId);
    const { runId, recipe } = await this.sealedRecipe(scope, version);
    const { spec, ...sealed } = await this.training.runSpecOf(scope, runId);
    return {
      ...sealed,
      spec: { ...spec },
      winner: { ...version.winner, recipe: { ...recipe } },
      artifactSha256: version.artifactSha256,
      python: version.environment.python,
      packages: version.environment.packages,
      files: version.manifest.files,
    };
  }

  async runSucceeded(_scope: Scope, outputs: RunOutputs, manager: EntityManager): Promise<void> {
    if (outputs.origin !== 'reproduce') return;
    for (const { id } of await this.repository.ofRun(outputs.runId))
      await this.queue.enqueue(JUDGE, id, { manager });
  }

  linksOf(): Promise<ReadonlyMap<string, ModelLink>> {
    return Promise.resolve(new Map());
  }

  /** The verdict stays when its run goes. */
  dependentsOf(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  private async look(id: string): Promise<void> {
    const row = await this.repository.findForWorker(id);
    if (!row || row.status !== 'running') return;
    const scope = SystemScope.forBackgroundWork(row.projectId);
    const ending = row.runId === null ? undefined : await this.outputs.endingOf(scope, row.runId);
    if (ending === null) {
      await this.queue.enqueue(JUDGE, id, { delaySeconds: LOOK_AGAIN_SECONDS });
      return;
    }
    const version = await this.models.findVersion(scope, row.modelVersionId);
    if (version) await this.finish(scope, row, version, ending);
  }

  private async finish(
    scope: Scope,
    row: ModelReproductionEntity,
    version: ModelVersionEntity,
    ending: Parameters<ReproductionJudge['judge']>[3],
  ): Promise<void> {
    const { verdict, findings } = await this.judge.judge(scope, version, row.runId, ending);
    await this.dataSource.transaction(async (manager) => {
      if (await this.repository.finish(scope, row.id, verdict, findings, manager))
        await this.tell(scope, version.modelId, manager);
    });
  }

  /**
   * Seconds for one recipe. The clock decided what the search tried; a busy machine must not decide whether what it
   * found comes out again.
   */
  private async patience(scope: Scope, runId: string): Promise<number> {
    const { spec } = await this.training.runSpecOf(scope, runId);
    const longest = Math.floor(this.config.execution.timeoutMs / 1000);
    return Math.min(Math.max(spec.budgetSeconds, LEAST_SECONDS), longest);
  }

  private async sealedRecipe(scope: Scope, version: ModelVersionEntity) {
    const runId: string | null = version.runId;
    const recipe =
      runId === null ? null : await this.outputs.recipeOf(scope, runId, version.winner.candidateId);
    if (runId === null || recipe === null)
      throw new Problem(
        'conflict',
        runId === null
          ? `Version ${version.number} was imported, so nobody here knows how it was made.`
          : `The run of version ${version.number} did not write down what its winner was made of. Train again.`,
      );
    return { runId, recipe };
  }

  private async versionOf(scope: Scope, modelVersionId: string): Promise<ModelVersionEntity> {
    const version = await this.models.findVersion(scope, modelVersionId);
    if (!version)
      throw new Problem('model-not-found', `There is no model version ${modelVersionId} that you can see.`);
    return version;
  }

  private tell(scope: Scope, modelId: string, manager?: EntityManager): Promise<void> {
    return this.events.publish(
      { type: 'model.updated', projectId: scope.projectId, entity: { kind: 'model', id: modelId } },
      manager,
    );
  }
}

function alreadyRunning({ number }: ModelVersionEntity): Problem {
  return new Problem(
    'reproduction-running',
    `Version ${number} is being trained again already. Wait for its verdict, or cancel its run.`,
  );
}
