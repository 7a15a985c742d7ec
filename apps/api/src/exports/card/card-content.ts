import { metricNamed, type ModelEvaluation } from '@modelwright/contracts';
import type { ModelsService } from '../../models/models.service.js';
import type { CardBlock, CardDocument } from './card-document.js';
import { checksOf, fairness, requiredChecks, segments, type CardTrust } from './card-trust.js';

export type CardVersion = Awaited<ReturnType<ModelsService['getModelVersion']>>;

/** What the run did, where there was one. */
export interface CardRun {
  readonly validation: string;
  readonly folds: number;
  readonly holdoutFraction: number;
  readonly excluded: readonly { readonly name: string; readonly reason: string }[];
  readonly candidates: number;
  readonly budgetSeconds: number;
}

const MAX_IMPORTANCE = 15;
const MAX_INPUTS = 60;

const TASK_WORDS: Readonly<Record<string, string>> = {
  binary: 'one of two classes',
  multiclass: 'one of several classes',
  regression: 'a number',
  clustering: 'the group a row belongs to',
};

const taskText = (task: string): string => TASK_WORDS[task] ?? task;

/** A card from what is known about a version; nothing in it is made up, and what is unknown is said. */
export function cardOf(
  version: CardVersion,
  run: CardRun | null,
  trust: CardTrust,
  description: string,
  at: Date,
): CardDocument {
  const { evaluation } = version;
  return {
    title: version.modelName,
    subtitle: `Version ${version.number} · ${version.target === null ? 'finds groups' : `predicts ${version.target}`}`,
    at,
    blocks: [
      ...purpose(version, description),
      ...quality(version),
      ...judgement(version, run),
      ...curves(evaluation),
      ...importance(evaluation),
      ...segments(trust),
      ...fairness(trust),
      ...requiredChecks(trust),
      ...inputs(version),
      ...origin(version, run),
      ...limits(trust),
      ...reproduce(version),
    ],
  };
}

function purpose(version: CardVersion, description: string): CardBlock[] {
  return [
    { kind: 'heading', text: 'What it is for' },
    {
      kind: 'text',
      text:
        description.trim() === ''
          ? 'Nobody has written down what this model is for. Say it in the description of the model.'
          : description,
    },
    {
      kind: 'facts',
      facts: [
        [
          'Predicts',
          version.target === null ? taskText(version.task) : `${version.target}: ${taskText(version.task)}`,
        ],
        ...(version.contract.output.classes
          ? [['Classes', version.contract.output.classes.slice(0, 30).join(', ')] as const]
          : []),
        ['Made by', version.source === 'run' ? `run "${version.runName}"` : `import of ${version.runName}`],
        ['Kind of model', version.winner.label],
        ['Made', version.createdAt.slice(0, 16).replace('T', ' ') + ' UTC'],
        ...(version.createdBy === null ? [] : [['By', version.createdBy] as const]),
      ],
    },
  ];
}

function quality({ evaluation, sentence }: CardVersion): CardBlock[] {
  const rows = evaluation.holdout.metrics.map(({ name, value, low, high, greaterIsBetter }) => [
    metricNamed(name).label,
    shown(value),
    low == null || high == null ? 'unknown' : `${shown(low)} to ${shown(high)}`,
    greaterIsBetter ? 'more' : 'less',
  ]);
  const baseline = evaluation.baseline?.holdoutScore;
  return [
    { kind: 'heading', text: 'How good it is' },
    { kind: 'text', text: sentence },
    { kind: 'table', columns: ['Metric', 'Value', '95 % interval', 'Better'], numbersFrom: 1, rows },
    {
      kind: 'text',
      text:
        baseline == null
          ? 'It was not compared with always guessing.'
          : `Always guessing scores ${shown(baseline)} in ${metricNamed(evaluation.metric.name).label}.`,
    },
  ];
}

function judgement({ evaluation, source }: CardVersion, run: CardRun | null): CardBlock[] {
  const { folds, mean, std, repeats } = evaluation.crossValidation;
  const drawn = repeats && repeats > 1 && folds % repeats === 0 ? repeats : 1;
  const judgedOn = `${folds / drawn} folds of the other rows${drawn > 1 ? `, drawn ${drawn} times` : ''}`;
  const holdout =
    source === 'import'
      ? 'It was made elsewhere and scored here on rows that it may have learned from, so the figures may flatter it.'
      : `The figures come from ${evaluation.holdout.rows.toLocaleString('en')} held-out rows${run ? ` (${Math.round(run.holdoutFraction * 100)} % of the table)` : ''}. They were set aside before anything was fitted and took no part in choosing the model: its figures were measured on them after it had been chosen by cross-validation. What is said below of importance, segments and groups was measured on them too. The intervals are percentile bootstraps of those rows.`;
  const crossed =
    folds === 0
      ? 'It was not cross-validated here.'
      : `Over ${judgedOn}${run ? ` (${run.validation})` : ''} it scored ${withSpread(mean, std)}.`;
  return [
    { kind: 'heading', text: 'How it was judged' },
    { kind: 'text', text: holdout },
    { kind: 'text', text: crossed },
  ];
}

function curves({ binary, multiclass }: ModelEvaluation): CardBlock[] {
  const blocks: CardBlock[] = [];
  if (binary) {
    blocks.push({
      kind: 'curve',
      label: 'ROC curve',
      x: 'false positive rate',
      y: 'true positive rate',
      points: known(binary.roc.map((point) => [point.falsePositiveRate, point.truePositiveRate])),
      diagonal: true,
    });
    blocks.push({
      kind: 'curve',
      label: 'Calibration: what happened, by what was predicted',
      x: `predicted probability of ${binary.positiveClass}`,
      y: 'observed share',
      points: known(binary.calibration.map((point) => [point.predicted, point.observed])),
      diagonal: true,
    });
  }
  if (multiclass)
    blocks.push({
      kind: 'table',
      columns: ['Class', 'Precision', 'Recall', 'F1', 'Rows'],
      numbersFrom: 1,
      rows: multiclass.perClass.map(({ label, precision, recall, f1, support }) => [
        label,
        shown(precision),
        shown(recall),
        shown(f1),
        String(support),
      ]),
    });
  return blocks;
}

function importance({ importance: measured }: ModelEvaluation): CardBlock[] {
  if (!measured || measured.items.length === 0) return [];
  const items = [...measured.items].sort((a, b) => b.mean - a.mean).slice(0, MAX_IMPORTANCE);
  return [
    { kind: 'heading', text: 'What it looks at' },
    {
      kind: 'bars',
      label: `Importance (${measured.method}), in units of ${metricNamed(measured.metric).label}`,
      items: items.map(({ column, mean }) => ({ name: column, value: mean })),
    },
  ];
}

function inputs({ contract }: CardVersion): CardBlock[] {
  const rows = contract.inputs.slice(0, MAX_INPUTS).map((input) => [
    input.name,
    input.type,
    input.required ? 'yes' : 'no',
    input.min != null && input.max != null
      ? `${cell(input.min)} to ${cell(input.max)}`
      : (input.categories ?? [])
          .slice(0, 5)
          .map(({ value }) => value)
          .join(', ') + ((input.categoryCount ?? 0) > 5 ? ' …' : ''),
  ]);
  const more = contract.inputs.length - rows.length;
  return [
    { kind: 'heading', text: 'What it takes' },
    {
      kind: 'table',
      columns: ['Column', 'Type', 'Always there', 'Values in training'],
      numbersFrom: 4,
      rows,
    },
    ...(more > 0 ? [{ kind: 'text', text: `And ${more} more columns.` } as const] : []),
  ];
}

function origin(version: CardVersion, run: CardRun | null): CardBlock[] {
  const packages = Object.entries(version.environment.packages);
  return [
    { kind: 'heading', text: 'Data, code and environment' },
    {
      kind: 'facts',
      facts: [
        [
          'Data',
          `${version.datasetName}${version.datasetVersionNumber === null ? '' : `, version ${version.datasetVersionNumber}`}`,
        ],
        ...(version.dataSha256 === null ? [] : [['SHA-256 of the data', version.dataSha256] as const]),
        ['SHA-256 of the model', version.artifactSha256],
        ['Seed', String(version.seed)],
        ['Runtime', version.runtimeVersion],
        ['Python', version.environment.python],
        ['Libraries', packages.map(([name, value]) => `${name} ${value}`).join(', ')],
        ...(run
          ? [['Search', `${run.candidates} candidates in a budget of ${run.budgetSeconds} s`] as const]
          : []),
        ...(run && run.excluded.length > 0
          ? [['Left out', run.excluded.map(({ name, reason }) => `${name} (${reason})`).join(', ')] as const]
          : []),
      ],
    },
  ];
}

function limits({ analyses, required }: CardTrust): CardBlock[] {
  const notes = [
    'It knows the past that its data shows, and nothing else: where the world has changed since, it is wrong without noticing.',
    'Values outside of the ranges above are answered, but nothing was measured there.',
    ...checksOf(required)
      .filter(({ state }) => state !== 'ok')
      .map(({ label, detail }) => `${label}: ${detail}`),
    ...(analyses.some(({ kind }) => kind === 'fairness')
      ? []
      : ['How it treats groups of people was not analysed.']),
  ];
  return [{ kind: 'heading', text: 'Limits' }, ...notes.map((text) => ({ kind: 'text', text }) as const)];
}

function reproduce(version: CardVersion): CardBlock[] {
  const code =
    version.runId === null
      ? `curl -H "Authorization: Bearer $API_TOKEN" \\\n  $MODELWRIGHT_URL/api/model-versions/${version.id}/artifact -o model.joblib`
      : `curl -H "Authorization: Bearer $API_TOKEN" \\\n  $MODELWRIGHT_URL/api/runs/${version.runId}/candidates/${version.winner.candidateId}/notebook -o model.ipynb`;
  const text =
    version.runId === null
      ? 'It was made elsewhere; here are its bytes.'
      : 'This notebook fits it again on the same rows with the same seed, and gets the same score.';
  return [
    { kind: 'heading', text: 'How to reproduce it' },
    { kind: 'text', text },
    { kind: 'code', text: code },
  ];
}

function known(points: readonly (readonly [number | null, number | null])[]): [number, number][] {
  return points.flatMap(([x, y]) => (x === null || y === null ? [] : [[x, y] as [number, number]]));
}

function cell(value: string | number): string {
  return typeof value === 'number' ? shown(value) : value;
}

/** `± 0` is no spread, and would read as a certainty. */
function withSpread(mean: number, std: number): string {
  return std > 1e-12 ? `${shown(mean)} ± ${shown(std)}` : shown(mean);
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en', { maximumSignificantDigits: 4 });
}
