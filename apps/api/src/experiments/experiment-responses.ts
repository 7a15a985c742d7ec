import type { ExperimentField, ExperimentRunSummary, ExperimentValue } from './experiment-run.dto.js';
import { ATTRIBUTES, fieldId, fieldText, type ExperimentKey, type Field } from './search/fields.js';
import type { NamedValue, TrackedRun } from './tracking/tracked-run.js';

/** Numbers that JSON does not have travel as texts. */
export function jsonNumber(value: number | null): ExperimentValue {
  if (value === null || Number.isFinite(value)) return value;
  return String(value);
}

export function valueOf({ kind, number, text }: NamedValue): ExperimentValue {
  return kind === 'metric' ? jsonNumber(number) : text;
}

export function durationOf(run: Pick<TrackedRun, 'startedAt' | 'endedAt'>): number | null {
  if (!run.startedAt) return null;
  return Math.max(0, ((run.endedAt ?? new Date()).getTime() - run.startedAt.getTime()) / 1000);
}

type Named = NamedValue & { readonly runId: string };

/** Tags that people gave; what clients keep for themselves is left out. */
export function ownTags(values: readonly NamedValue[]): Record<string, string> {
  const tags = values.filter(({ kind, name }) => kind === 'tag' && !name.startsWith('mlflow.'));
  return Object.fromEntries(tags.map(({ name, text }) => [name, text ?? '']));
}

export function toSummary(
  run: TrackedRun & { readonly experimentName: string },
  columns: readonly Field[],
  values: readonly Named[],
): ExperimentRunSummary {
  const own = values.filter(({ runId }) => runId === run.id);
  return {
    id: run.id,
    kind: run.kind,
    experimentId: run.experimentId,
    experimentName: run.experimentName,
    parentId: run.parentId,
    candidateId: run.candidateId,
    name: run.name,
    status: run.status,
    task: run.task,
    target: run.target,
    metric: run.metric,
    score: finite(run.score),
    scoreLow: finite(run.scoreLow),
    scoreHigh: finite(run.scoreHigh),
    baseline: finite(run.baseline),
    datasetId: run.datasetId,
    datasetName: run.datasetName,
    datasetVersion: run.datasetVersion,
    modelId: run.modelId,
    modelVersionId: run.modelVersionId,
    user: run.userName,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    endedAt: run.endedAt?.toISOString() ?? null,
    durationSeconds: durationOf(run),
    updatedAt: run.updatedAt.toISOString(),
    tags: ownTags(own),
    values: Object.fromEntries(columns.map((field) => [fieldId(field), columnValue(run, field, own)])),
  };
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function columnValue(
  run: TrackedRun & { readonly experimentName: string },
  field: Field,
  values: readonly NamedValue[],
): ExperimentValue {
  if (field.kind === 'attribute') return attributeValue(run, field.attribute.name);
  const { kind, name } = field.key;
  const found = values.find((value) => value.kind === kind && value.name === name);
  return found ? valueOf(found) : null;
}

function attributeValue(
  run: TrackedRun & { readonly experimentName: string },
  name: string,
): ExperimentValue {
  const values: Readonly<Record<string, ExperimentValue>> = {
    name: run.name,
    status: run.status,
    kind: run.kind,
    experiment: run.experimentName,
    score: jsonNumber(run.score),
    metric: run.metric,
    baseline: jsonNumber(run.baseline),
    task: run.task,
    target: run.target,
    dataset: run.datasetName,
    dataset_version: run.datasetVersion,
    user: run.userName,
    notes: run.notes === '' ? null : run.notes,
    created: run.createdAt.toISOString(),
    started: run.startedAt?.toISOString() ?? null,
    ended: run.endedAt?.toISOString() ?? null,
    duration: durationOf(run),
    id: run.id,
    start_time: run.startedAt?.getTime() ?? null,
    end_time: run.endedAt?.getTime() ?? null,
  };
  return values[name] ?? null;
}

export function attributeFields(): ExperimentField[] {
  return ATTRIBUTES.map(({ name, label, type }) => ({
    field: name,
    text: name,
    label,
    group: 'attribute',
    type,
  }));
}

export function keyField(key: ExperimentKey): ExperimentField {
  const field = fieldId({ kind: 'key', key });
  return {
    field,
    text: fieldText(field),
    label: key.name,
    group: key.kind,
    type: key.kind === 'metric' ? 'number' : 'text',
  };
}
