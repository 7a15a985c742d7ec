import { nearestName } from '../../platform/text/nearest-name.js';
import { SearchError } from './search-error.js';
import type { FieldName } from './syntax.js';

export type KeyKind = 'metric' | 'param' | 'tag';
export type ValueType = 'number' | 'text' | 'date' | 'duration';

/** The name of a metric, parameter or tag that some run of the project has. */
export interface ExperimentKey {
  readonly id: number;
  readonly kind: KeyKind;
  readonly name: string;
}

/** Something every run has. `sql` reads it from `r` (experiment_run) and `e` (experiment). */
export interface Attribute {
  readonly name: string;
  readonly label: string;
  readonly type: ValueType;
  readonly sql: string;
  /** Other names under which clients know it; not offered for completion. */
  readonly aliases?: readonly string[];
}

export type Field =
  | { readonly kind: 'attribute'; readonly attribute: Attribute }
  /** `also` is what the name is short for: runs that lack the key of that very name may have it. */
  | { readonly kind: 'key'; readonly key: ExperimentKey; readonly also?: ExperimentKey };

const millis = (column: string): string => `extract(epoch FROM ${column})::float8 * 1000`;

export const ATTRIBUTES: readonly Attribute[] = [
  { name: 'name', label: 'Name', type: 'text', sql: 'r.name', aliases: ['run_name'] },
  { name: 'status', label: 'State', type: 'text', sql: 'r.status' },
  { name: 'kind', label: 'Kind', type: 'text', sql: 'r.kind' },
  { name: 'experiment', label: 'Experiment', type: 'text', sql: 'e.name' },
  { name: 'score', label: 'Score', type: 'number', sql: 'r.score' },
  { name: 'metric', label: 'Metric', type: 'text', sql: 'r.metric' },
  { name: 'baseline', label: 'Baseline', type: 'number', sql: 'r.baseline' },
  { name: 'task', label: 'Task', type: 'text', sql: 'r.task' },
  { name: 'target', label: 'Target', type: 'text', sql: 'r.target' },
  { name: 'dataset', label: 'Dataset', type: 'text', sql: 'r.dataset_name' },
  { name: 'dataset_version', label: 'Dataset version', type: 'number', sql: 'r.dataset_version::float8' },
  { name: 'user', label: 'Started by', type: 'text', sql: 'r.user_name', aliases: ['user_id'] },
  { name: 'notes', label: 'Notes', type: 'text', sql: `nullif(r.notes, '')` },
  { name: 'created', label: 'Created', type: 'date', sql: 'r.created_at' },
  { name: 'started', label: 'Started', type: 'date', sql: 'r.started_at' },
  { name: 'ended', label: 'Ended', type: 'date', sql: 'r.ended_at', aliases: ['finished'] },
  {
    name: 'duration',
    label: 'Duration',
    type: 'duration',
    sql: 'extract(epoch FROM coalesce(r.ended_at, now()) - r.started_at)::float8',
  },
  { name: 'id', label: 'Id', type: 'text', sql: 'r.id::text', aliases: ['run_id'] },
];

/** What clients of the MLflow protocol call some of it; times are milliseconds there. */
const PROTOCOL_ATTRIBUTES: readonly Attribute[] = [
  { name: 'parent_run_id', label: 'Parent run', type: 'text', sql: 'r.parent_id::text' },
  { name: 'start_time', label: 'Start time', type: 'number', sql: millis('r.started_at') },
  { name: 'end_time', label: 'End time', type: 'number', sql: millis('r.ended_at') },
];

/** Short names for what nobody writes out. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  auc: 'roc_auc',
  rocauc: 'roc_auc',
  acc: 'accuracy',
  ap: 'average_precision',
  logloss: 'log_loss',
  bacc: 'balanced_accuracy',
  lgbm: 'lightgbm',
  lr: 'learning_rate',
};

/** The name that a short one stands for; any other as it is. */
export function longName(name: string): string {
  return Object.hasOwn(SHORTHANDS, name) ? (SHORTHANDS[name] ?? name) : name;
}

const PREFIXES: Readonly<Record<string, KeyKind | 'attribute'>> = {
  metrics: 'metric',
  metric: 'metric',
  params: 'param',
  param: 'param',
  parameters: 'param',
  parameter: 'param',
  tags: 'tag',
  tag: 'tag',
  attributes: 'attribute',
  attribute: 'attribute',
  attr: 'attribute',
  run: 'attribute',
};
const ORDER: readonly KeyKind[] = ['metric', 'param', 'tag'];
const PLURAL: Readonly<Record<KeyKind, string>> = { metric: 'metrics', param: 'params', tag: 'tags' };

/** How a field is named where there is no doubt: `created`, `metrics.roc_auc`. */
export function fieldId(field: Field): string {
  return field.kind === 'attribute' ? field.attribute.name : `${PLURAL[field.key.kind]}.${field.key.name}`;
}

/** The same as it has to be written in a search. */
export function fieldText(id: string): string {
  if (/^[\p{L}_$][\p{L}\p{N}_.\-/:@%$]*$/u.test(id)) return id;
  const dot = id.indexOf('.');
  return `${id.slice(0, dot + 1)}"${id.slice(dot + 1).replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The fields of one project, by the names people write. */
export class FieldCatalog {
  private readonly attributes = new Map<string, Attribute>();
  private readonly keys = new Map<string, ExperimentKey>();

  constructor(readonly all: readonly ExperimentKey[]) {
    for (const attribute of [...ATTRIBUTES, ...PROTOCOL_ATTRIBUTES])
      for (const name of [attribute.name, ...(attribute.aliases ?? [])]) this.attributes.set(name, attribute);
    for (const key of all) this.keys.set(`${key.kind} ${key.name}`, key);
  }

  /** @throws SearchError that names the nearest field */
  resolve({ name, start, end }: FieldName): Field {
    const found = this.find(name);
    if (found) return found;
    const near = this.nearest(name);
    throw new SearchError(
      `No run has a field called "${name.slice(0, 100)}"`,
      { start, end },
      near === undefined ? undefined : fieldText(near),
    );
  }

  find(name: string): Field | undefined {
    return (
      this.prefixed(name) ??
      this.withLongName(name, this.plain(name)) ??
      this.plain(SHORTHANDS[name.toLowerCase()]) ??
      this.folded(name)
    );
  }

  /** One run that logs `auc` must not take the short name of `roc_auc` from all others. */
  private withLongName(name: string, found: Field | undefined): Field | undefined {
    if (found?.kind !== 'key') return found;
    const long = this.key(found.key.kind, SHORTHANDS[name.toLowerCase()]);
    return long?.kind === 'key' ? { ...found, also: long.key } : found;
  }

  private prefixed(name: string): Field | undefined {
    const dot = name.indexOf('.');
    const kind = dot < 0 ? undefined : PREFIXES[name.slice(0, dot).toLowerCase()];
    if (kind === undefined) return undefined;
    const rest = name.slice(dot + 1);
    if (kind === 'attribute') {
      const attribute = this.attributes.get(rest.toLowerCase());
      return attribute && { kind: 'attribute', attribute };
    }
    return this.key(kind, rest) ?? this.key(kind, SHORTHANDS[rest.toLowerCase()]);
  }

  private plain(name: string | undefined): Field | undefined {
    if (name === undefined) return undefined;
    const attribute = this.attributes.get(name);
    if (attribute) return { kind: 'attribute', attribute };
    for (const kind of ORDER) {
      const key = this.key(kind, name);
      if (key) return key;
    }
    return undefined;
  }

  private key(kind: KeyKind, name: string | undefined): Field | undefined {
    const key = name === undefined ? undefined : this.keys.get(`${kind} ${name}`);
    return key && { kind: 'key', key };
  }

  /** Case is ignored where that leaves one field. */
  private folded(name: string): Field | undefined {
    const wanted = name.toLowerCase();
    const attribute = this.attributes.get(wanted);
    if (attribute) return { kind: 'attribute', attribute };
    const matching = this.all.filter((key) => key.name.toLowerCase() === wanted);
    const [only] = matching;
    return matching.length === 1 && only ? { kind: 'key', key: only } : undefined;
  }

  private nearest(name: string): string | undefined {
    const dot = name.indexOf('.');
    const kind = dot < 0 ? undefined : PREFIXES[name.slice(0, dot).toLowerCase()];
    if (kind !== undefined && kind !== 'attribute') {
      const near = nearestName(
        name.slice(dot + 1),
        this.all.filter((key) => key.kind === kind).map((key) => key.name),
      );
      return near === undefined ? undefined : `${PLURAL[kind]}.${near}`;
    }
    const near = nearestName(name, [
      ...ATTRIBUTES.map((one) => one.name),
      ...this.all.map((key) => key.name),
    ]);
    const field = near === undefined ? undefined : this.plain(near);
    return field && (field.kind === 'attribute' ? field.attribute.name : (near ?? fieldId(field)));
  }
}
