import { ContainerRuntime, isContainerRuntimeError, type LogLine } from '@modelwright/container-runtime';
import { predictSnippets } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { ModelsService } from '../models/models.service.js';
import { People } from '../platform/people/people.js';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { exampleRowOf, requestSchemaOf, responseSchemaOf } from './contract-schema.js';
import type { DeploymentResponse, DeploymentStatsQuery } from './deployment.dto.js';
import type { Deployment } from './deployment.entity.js';
import { runsOnDemand } from './serving/container-need.js';
import { TrafficViews } from './traffic/traffic-views.service.js';
import { CompiledModels } from './predict/compiled-models.js';
import { DeploymentKeysRepository } from './deployment-keys.repository.js';
import { DeploymentsService } from './deployments.service.js';
import { PredictionIntervals } from './predict/prediction-intervals.js';
import { PredictionLogRepository, type HourRow } from './predict/prediction-log.repository.js';
import { PredictionLogger } from './predict/prediction-logger.js';
import { meanOfBuckets, percentile } from './stats/latency-histogram.js';

/** What people read about deployments: figures, schema, requests, logs. */
@Injectable()
export class DeploymentViews {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly calls: PredictionLogRepository,
    private readonly logger: PredictionLogger,
    private readonly people: People,
    private readonly models: ModelsService,
    private readonly compiled: CompiledModels,
    private readonly runtime: ContainerRuntime,
    private readonly intervals: PredictionIntervals,
    private readonly keys: DeploymentKeysRepository,
    private readonly traffic: TrafficViews,
  ) {}

  async describe(scope: Scope, deployment: Deployment): Promise<DeploymentResponse> {
    const recent = await this.calls.recent(scope, deployment.id);
    const [names, aliases] = await Promise.all([
      this.people.displayNames([deployment.createdBy]),
      this.models.aliasesOf(scope, deployment.modelVersionId),
    ]);
    const [interval, keysExpiringSoon] = await Promise.all([
      this.intervals.of(
        deployment.projectId,
        deployment.modelVersionId,
        deployment.contract,
        deployment.intervalCoverage,
      ),
      this.keys.countExpiring(scope, deployment.id),
    ]);
    const form = await this.compiled.formOf(deployment.projectId, deployment.modelVersionId);
    return {
      id: deployment.id,
      projectId: deployment.projectId,
      name: deployment.name,
      endpointSlug: deployment.endpointSlug,
      modelId: deployment.modelId,
      modelName: deployment.modelName,
      modelVersionId: deployment.modelVersionId,
      modelVersionNumber: deployment.modelVersionNumber,
      modelAlias: deployment.modelAlias,
      modelAliases: aliases,
      authMode: deployment.authMode,
      rateLimitPerMinute: deployment.rateLimitPerMinute,
      logRetentionDays: deployment.logRetentionDays,
      maskedColumns: deployment.maskedColumns,
      allowedAddresses: deployment.allowedAddresses,
      abstainBelow: deployment.abstainBelow,
      intervalCoverage: deployment.intervalCoverage,
      predictionInterval: interval,
      keysExpiringSoon,
      desiredState: deployment.desiredState,
      observedState: deployment.observedState,
      servingPath: form.path,
      servingReason: form.path === 'container' ? form.reason : null,
      containerMode: deployment.containerMode,
      idleAfterMinutes: deployment.idleAfterMinutes,
      containerState: containerStateOf(deployment, form.path === 'compiled'),
      rollbackRule: deployment.rollbackRule,
      splitField: deployment.splitField,
      traffic: await this.traffic.sharesOf(scope, deployment),
      failureReason: deployment.failureReason,
      lastLogLines: deployment.lastLogLines,
      probes: deployment.probes,
      restartCount: deployment.restartCount,
      nextAttemptAt: deployment.nextAttemptAt?.toISOString() ?? null,
      readyAt: deployment.readyAt?.toISOString() ?? null,
      inferenceCount: deployment.inferenceCount,
      errorCount: deployment.errorCount,
      lastInferenceAt: deployment.lastInferenceAt?.toISOString() ?? null,
      p50Ms: quantile(recent.latenciesMs, 0.5),
      p95Ms: quantile(recent.latenciesMs, 0.95),
      requestsPerMinute: recent.callsLastMinute,
      predictUrl: this.deployments.predictUrl(deployment.endpointSlug),
      createdBy: deployment.createdBy === null ? null : (names.get(deployment.createdBy) ?? null),
      createdAt: deployment.createdAt.toISOString(),
      updatedAt: deployment.updatedAt.toISOString(),
    };
  }

  async schema(scope: Scope, id: string) {
    const { contract, endpointSlug, authMode } = await this.deployments.require(scope, id);
    const row = exampleRowOf(contract);
    return {
      contract,
      requestSchema: requestSchemaOf(contract),
      responseSchema: responseSchemaOf(contract),
      exampleRequest: { rows: [row] },
      snippets: predictSnippets({
        predictUrl: this.deployments.predictUrl(endpointSlug),
        row,
        inputs: contract.inputs,
        needsKey: authMode !== 'public',
      }),
    };
  }

  async stats(scope: Scope, id: string, query: DeploymentStatsQuery) {
    await this.deployments.require(scope, id);
    const recent = await this.calls.recent(scope, id);
    return {
      hours: (await this.calls.hours(scope, id, query.hours)).map(describeHour),
      live: {
        calls: recent.latenciesMs.length,
        p50Ms: quantile(recent.latenciesMs, 0.5),
        p95Ms: quantile(recent.latenciesMs, 0.95),
        requestsPerMinute: recent.callsLastMinute,
      },
      logging: { pending: this.logger.pending, dropped: this.logger.dropped },
    };
  }

  async logs(scope: Scope, id: string, tail: number): Promise<LogLine[]> {
    const containerId = await this.presentContainer(scope, id);
    const lines: LogLine[] = [];
    if (containerId === undefined) return lines;
    try {
      for await (const line of this.runtime.logs(containerId, { tail })) lines.push(line);
    } catch (error) {
      // It was there a moment ago: a restart has just replaced it.
      if (!isContainerRuntimeError(error) || error.code !== 'container-not-found')
        throw runtimeProblem(error);
    }
    return lines;
  }

  /** Lines from a number on, then new ones as they come; ends with the container. */
  async follow(
    scope: Scope,
    id: string,
    sinceSeq: number | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogLine>> {
    const containerId = await this.presentContainer(scope, id);
    if (containerId === undefined)
      throw new Problem(
        'deployment-not-ready',
        'The deployment has no container whose log could be followed. Start it first.',
      );
    return this.runtime.logs(containerId, {
      ...(sinceSeq === undefined ? { tail: 200 } : { sinceSeq }),
      follow: true,
      signal,
    });
  }

  private async presentContainer(scope: Scope, id: string): Promise<string | undefined> {
    const deployment = await this.deployments.require(scope, id);
    const containers = await this.runtime
      .list({ kind: 'serving', ownerId: deployment.serverId })
      .catch((error: unknown) => {
        throw runtimeProblem(error);
      });
    return containers.find((container) => container.generation === deployment.generation)?.id;
  }
}

/** What of the container is there, as far as was seen: a compiled model answers without one. */
function containerStateOf(deployment: Deployment, compiled: boolean): DeploymentResponse['containerState'] {
  const { desiredState, observedState } = deployment;
  if (desiredState === 'stopped' || observedState === 'stopped' || observedState === 'failed') return 'none';
  if (observedState === 'idle') return 'on-demand';
  const rests = deployment.attemptStartedAt === null && runsOnDemand(deployment, compiled);
  if (rests) return 'on-demand';
  return observedState === 'starting' ? 'starting' : 'running';
}

function runtimeProblem(error: unknown): unknown {
  if (!isContainerRuntimeError(error)) return error;
  return new Problem('runtime-unreachable', `The log cannot be read right now: ${error.message}`, {
    cause: error,
    retryAfterSeconds: 5,
  });
}

function describeHour(row: HourRow) {
  const at = (share: number) => percentile(row.latency_buckets, share);
  return {
    hour: row.hour.toISOString(),
    count: row.count,
    errors: row.errors,
    errorKinds: row.error_kinds,
    meanMs: meanOfBuckets(row.latency_sum_ms, row.latency_buckets),
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
  };
}

/** Nearest-rank percentile of a few values. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
