import { METRICS } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { ModelsService } from '../../models/models.service.js';
import { durationOf, valueOf } from '../experiment-responses.js';
import { trackedRunNotFound } from '../experiments.service.js';
import type { NamedValue, TrackedRun } from '../tracking/tracked-run.js';
import { TrackingRepository } from '../tracking/tracking.repository.js';
import { CandidateCurves } from './candidate-curves.js';
import type { ComparedItem, Comparison } from './comparison.dto.js';
import {
  candidateFacts,
  factKey,
  factsOf,
  rescoringOf,
  sameRows,
  warningsOf,
  type FactValue,
  type KnownFacts,
} from './comparison-facts.js';

const MAX_TRIALS = 600;
const MAX_TEXT = 500;
const GREATER = new Map(METRICS.map(({ name, greaterIsBetter }) => [name, greaterIsBetter]));
/** Groups of the settings that we write down of our own runs; every other one is a parameter of the model. */
const RUN_SETTINGS: Readonly<Record<string, string>> = {
  preset: 'Search',
  budget_seconds: 'Search',
  candidates: 'Search',
  seed: 'Validation',
  'validation.strategy': 'Validation',
  'validation.folds': 'Validation',
  holdout_fraction: 'Validation',
  rows: 'Data',
  features: 'Data',
};
const MODEL_SETTINGS: Readonly<Record<string, string>> = { family: 'Model', model: 'Model' };
const COSTS = new Set(['fit_seconds', 'predict_ms_per_row', 'size_bytes']);

type Version = Awaited<ReturnType<ModelsService['getModelVersion']>>;
type Values = readonly NamedValue[];

/** Two to six runs or model versions side by side. */
@Injectable()
export class ComparisonService {
  constructor(
    private readonly tracking: TrackingRepository,
    private readonly models: ModelsService,
    private readonly candidates: CandidateCurves,
  ) {}

  /** @throws Problem `experiment-run-not-found` naming the one that is not there */
  async compare(scope: ProjectScope, ids: readonly string[]): Promise<Comparison> {
    const known = await this.candidates.withCurves(
      scope,
      await Promise.all(ids.map((id) => this.known(scope, id))),
    );
    return {
      items: known.map(({ item }) => item),
      facts: factsOf(known),
      warnings: warningsOf(known),
      sameRows: sameRows(known),
      rescoring: rescoringOf(known),
      trials: await this.trials(
        scope,
        known.map(({ item }) => item),
      ),
    };
  }

  private async known(scope: ProjectScope, id: string): Promise<KnownFacts> {
    const run = await this.tracking.find(scope, id);
    const version = await this.version(scope, run ? run.modelVersionId : id);
    if (!run && !version) throw trackedRunNotFound(id);
    const source = run ?? (version?.runId ? await this.tracking.find(scope, version.runId) : undefined);
    const values = source ? await this.tracking.valuesOf(scope, [source.id]) : [];
    const item = itemOf(id, run, version, source, values);
    const candidateId = run?.candidateId ?? null;
    if (source?.kind !== 'candidate' || source.parentId === null)
      return { item, candidateId, facts: knownFacts(source, version, values), ...rowsOf(version, values) };
    const parent = await this.parent(scope, source.parentId);
    return {
      item,
      candidateId,
      facts: candidateFacts(knownFacts(source, version, values), parent.facts),
      ...parent.rows,
    };
  }

  /** Candidates share the data, the rows and the folds of their run, which alone knows them. */
  private async parent(
    scope: ProjectScope,
    id: string,
  ): Promise<{ readonly facts: Map<string, FactValue>; readonly rows: KnownRows }> {
    const run = await this.tracking.find(scope, id);
    const version = await this.version(scope, run?.modelVersionId ?? null);
    const values = await this.tracking.valuesOf(scope, [id]);
    return { facts: knownFacts(run, version, values), rows: rowsOf(version, values) };
  }

  private async version(scope: ProjectScope, id: string | null): Promise<Version | undefined> {
    if (id === null) return undefined;
    try {
      return await this.models.getModelVersion(scope, id);
    } catch (error) {
      if (error instanceof Problem && error.code === 'model-not-found') return undefined;
      throw error;
    }
  }

  /** What the searches behind the items tried, at most so many that a picture can hold them. */
  private async trials(scope: ProjectScope, items: readonly ComparedItem[]): Promise<Comparison['trials']> {
    const runIds = [...new Set(items.flatMap(({ runId }) => runId ?? []))];
    const candidates = (await this.tracking.candidatesOf(scope, runIds)).slice(0, MAX_TRIALS);
    const values = Map.groupBy(
      await this.tracking.valuesOf(
        scope,
        candidates.map(({ id }) => id),
      ),
      ({ runId }) => runId,
    );
    return candidates.flatMap((candidate) => {
      const item = items.find(({ runId }) => runId === candidate.parentId);
      if (!item || candidate.score === null || !Number.isFinite(candidate.score)) return [];
      const params = (values.get(candidate.id) ?? []).filter(({ kind }) => kind === 'param');
      return [
        {
          itemId: item.id,
          name: candidate.name.split(' · ').at(-1) ?? candidate.name,
          score: candidate.score,
          params: Object.fromEntries(params.map(({ name, text }) => [name, (text ?? '').slice(0, 100)])),
        },
      ];
    });
  }
}

function itemOf(
  id: string,
  run: TrackedRun | undefined,
  version: Version | undefined,
  source: TrackedRun | undefined,
  values: Values,
): ComparedItem {
  const evaluation = version?.evaluation;
  const isVersion = run === undefined;
  return {
    id,
    kind: run?.kind ?? 'model-version',
    name: isVersion ? `${version?.modelName ?? 'Model'} v${version?.number ?? '?'}` : run.name,
    detail: version
      ? `${version.winner.label}, from ${version.runName}`
      : (source?.datasetName ?? source?.userName ?? ''),
    status: source?.status ?? 'succeeded',
    runId: source?.kind === 'candidate' ? source.parentId : (source?.id ?? version?.runId ?? null),
    modelId: version?.modelId ?? null,
    modelVersionId: version?.id ?? null,
    task: version?.task ?? source?.task ?? null,
    target: version?.target ?? source?.target ?? null,
    metric: evaluation?.metric.name ?? source?.metric ?? null,
    datasetId: version?.datasetId ?? source?.datasetId ?? null,
    metrics: metricsOf(evaluation, values, run),
    curves: evaluation
      ? { binary: evaluation.binary, regression: evaluation.regression, multiclass: evaluation.multiclass }
      : null,
    curvesFrom: evaluation ? 'holdout' : null,
    curvesMissing: evaluation ? null : 'Curves are drawn for models that were made or imported here.',
  };
}

/** Most candidates were never on the hold-out: what they have in common with the winner is their folds. */
function metricsOf(
  evaluation: Version['evaluation'] | undefined,
  values: Values,
  run: TrackedRun | undefined,
): ComparedItem['metrics'] {
  const logged = loggedMetrics(values);
  if (run?.kind !== 'candidate') return evaluation ? evaluatedMetrics(evaluation) : logged;
  const judged = logged.map((metric) =>
    metric.name === `cv.${run.metric ?? ''}` ? { ...metric, low: run.scoreLow, high: run.scoreHigh } : metric,
  );
  if (!evaluation) return judged;
  return [...evaluatedMetrics(evaluation), ...judged.filter(({ name }) => name.startsWith('cv.'))];
}

function evaluatedMetrics(evaluation: Version['evaluation']): ComparedItem['metrics'] {
  return evaluation.holdout.metrics.map(({ name, value, low, high, greaterIsBetter }) => ({
    name,
    value,
    low: low ?? null,
    high: high ?? null,
    greaterIsBetter,
  }));
}

function loggedMetrics(values: Values): ComparedItem['metrics'] {
  return values
    .filter(({ kind, name }) => kind === 'metric' && !COSTS.has(name))
    .slice(0, 200)
    .map((value) => ({
      name: value.name,
      value: valueOf(value),
      low: null,
      high: null,
      greaterIsBetter: GREATER.get(value.name.replace(/^cv\./, '')) ?? null,
    }));
}

function knownFacts(
  source: TrackedRun | undefined,
  version: Version | undefined,
  values: Values,
): Map<string, FactValue> {
  const facts = new Map<string, FactValue>();
  const groups = settingGroups(source?.kind);
  const note = (group: string, name: string, value: FactValue | undefined): void => {
    if (value !== null && value !== undefined) facts.set(factKey(group, name), value);
  };
  for (const { kind, name, text } of values)
    if (kind === 'param') note(groups[name] ?? 'Parameters', name, (text ?? '').slice(0, MAX_TEXT));
  for (const value of values)
    if (value.kind === 'metric' && COSTS.has(value.name)) note('Cost', value.name, valueOf(value));
  note('Model', 'task', version?.task ?? source?.task);
  note('Model', 'target', version?.target ?? source?.target);
  note('Data', 'dataset', version?.datasetName ?? source?.datasetName);
  note('Data', 'dataset version', version?.datasetVersionNumber ?? source?.datasetVersion);
  note('Data', 'data SHA-256', version?.dataSha256);
  note('Validation', 'held-out rows', version?.evaluation.holdout.rows);
  note('Cost', 'duration_seconds', source ? rounded(durationOf(source)) : null);
  note('Environment', 'runtime', version?.runtimeVersion);
  note('Environment', 'python', version?.environment.python);
  note('Record', 'started by', source?.userName);
  note('Record', 'created', (source?.createdAt.toISOString() ?? version?.createdAt)?.slice(0, 19));
  return facts;
}

/** Models have hyperparameters of the same names, such as `rows`: only a run of ours means its data by them. */
function settingGroups(kind: TrackedRun['kind'] | undefined): Readonly<Record<string, string>> {
  if (kind === 'run') return { ...RUN_SETTINGS, ...MODEL_SETTINGS };
  return kind === 'candidate' ? MODEL_SETTINGS : {};
}

function rounded(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 10) / 10;
}

type KnownRows = Pick<KnownFacts, 'dataSha256' | 'holdoutKey' | 'foldsKey'>;

/** The trainer chooses the held-out rows by these, given the data. */
function rowsOf(version: Version | undefined, values: Values): KnownRows {
  const param = (name: string): string | null =>
    values.find((value) => value.kind === 'param' && value.name === name)?.text ?? null;
  const strategy = param('validation.strategy');
  const dataSha256 = version?.dataSha256 ?? null;
  if (!version || strategy === null) return { dataSha256, holdoutKey: null, foldsKey: null };
  const holdoutKey = [
    param('seed'),
    param('holdout_fraction'),
    strategy,
    version.evaluation.holdout.rows,
  ].join(' ');
  return { dataSha256, holdoutKey, foldsKey: `${holdoutKey} ${param('validation.folds') ?? ''}` };
}
