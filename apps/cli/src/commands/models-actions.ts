import {
  listModels,
  listModelVersions,
  rollBackModelAlias,
  setModelAlias,
  type Model,
  type ModelVersion,
  type ModelVersionSummary,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { formatBytes, formatTime, type Column, type Fields } from '../output/table.js';
import { consoleLink } from '../session/console-links.js';
import { Finder } from '../session/find.js';
import { parseModelReference } from '../session/model-reference.js';
import type { Session } from '../session/session.js';
import type { ProjectOptions } from './leaf.js';

const MODELS: readonly Column<Model>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'task', value: ({ task }) => task },
  { title: 'target', value: ({ target }) => target },
  { title: 'versions', value: ({ versionCount }) => versionCount, align: 'right' },
  { title: 'aliases', value: ({ aliases }) => aliases.map((it) => `${it.alias} → ${it.versionNumber}`) },
  { title: 'updated', value: ({ updatedAt }) => formatTime(updatedAt) },
  { title: 'id', value: ({ id }) => id },
];

const VERSIONS: readonly Column<ModelVersionSummary>[] = [
  { title: 'version', value: ({ number }) => number, align: 'right' },
  { title: 'aliases', value: ({ aliases }) => aliases },
  { title: 'metric', value: ({ metric }) => metric?.name },
  { title: 'hold-out', value: ({ metric }) => metric?.value, align: 'right' },
  { title: 'winner', value: ({ winner }) => winner.label },
  { title: 'checks', value: checksText },
  { title: 'created', value: ({ createdAt }) => formatTime(createdAt) },
  { title: 'id', value: ({ id }) => id },
];

function checksText({
  checksSummary: { passed, total },
  openFindings,
}: Pick<ModelVersionSummary, 'checksSummary' | 'openFindings'>): string {
  const open = openFindings === 1 ? '1 open blocking finding' : `${openFindings} open blocking findings`;
  return `${passed} of ${total} passed${openFindings > 0 ? `, ${open}` : ''}`;
}

type ListOptions = ProjectOptions & { readonly limit: number };

export async function listModelsOf(session: Session, options: ListOptions): Promise<void> {
  const client = await session.client();
  const path = { projectId: (await session.project(options.project)).id };
  const found = await collect((query) => answerOf(listModels({ client, path, query })), options.limit);
  new Printer(session.io, options).list(
    found,
    MODELS,
    'There is no model yet: modelwright runs start makes one',
  );
}

export async function listVersions(session: Session, reference: string, options: ListOptions): Promise<void> {
  const client = await session.client();
  const { id: modelId } = await new Finder(session).model(reference, options.project);
  const found = await collect(
    (query) => answerOf(listModelVersions({ client, path: { modelId }, query })),
    options.limit,
  );
  new Printer(session.io, options).list(found, VERSIONS, 'The model has no version');
}

export async function showModel(session: Session, reference: string, options: ProjectOptions): Promise<void> {
  const version = await new Finder(session).modelVersion(reference, options.project);
  const print = new Printer(session.io, options);
  print.item(version, versionFields((await session.door()).url, version));
  if (print.isJson) return;
  print.line();
  print.table(version.metrics, [
    { title: 'hold-out metric', value: ({ name }) => name },
    { title: 'value', value: ({ value }) => value, align: 'right' },
    { title: 'from', value: ({ low }) => low, align: 'right' },
    { title: 'to', value: ({ high }) => high, align: 'right' },
  ]);
  print.line();
  print.table(version.contract.inputs, [
    { title: 'input', value: ({ name }) => name },
    { title: 'type', value: ({ type }) => type },
    { title: 'required', value: ({ required }) => required },
    { title: 'example', value: ({ example }) => example },
  ]);
}

function versionFields(url: string, version: ModelVersion): Fields {
  return [
    ['Model', version.modelName],
    ['Version', version.number],
    ['Version id', version.id],
    ['Aliases', version.aliases],
    ['Task', version.task],
    ['Target', version.target],
    ['Winner', version.winner.label],
    ['Hold-out', version.sentence],
    ['Checks', checksText(version)],
    ['Size', formatBytes(version.sizeBytes)],
    ['Run', version.runName],
    ['Created', formatTime(version.createdAt)],
    [
      'Console',
      consoleLink(url, 'model', {
        id: version.modelId,
        projectId: version.projectId,
        version: version.number,
      }),
    ],
  ];
}

type MoveOptions = ProjectOptions & { readonly alias: string; readonly reason: string };

export async function promote(session: Session, reference: string, options: MoveOptions): Promise<void> {
  const version = await new Finder(session).modelVersion(reference, options.project);
  const { alias, reason } = options;
  const moved = await answerOf(
    setModelAlias({
      client: await session.client(),
      path: { modelId: version.modelId, alias },
      body: { modelVersionId: version.id, reason },
    }),
  );
  new Printer(session.io, options).item(moved, [
    ['Alias', `${version.modelName}@${moved.alias}`],
    ['Version', moved.versionNumber],
  ]);
}

export async function rollBack(session: Session, reference: string, options: MoveOptions): Promise<void> {
  const parsed = parseModelReference(reference);
  if (parsed.version !== undefined)
    throw usageError('A roll back goes to the version before', 'name the model without a version');
  const model = await new Finder(session).model(parsed.model, options.project);
  const alias = parsed.alias ?? options.alias;
  const moved = await answerOf(
    rollBackModelAlias({
      client: await session.client(),
      path: { modelId: model.id, alias },
      body: { reason: options.reason },
    }),
  );
  new Printer(session.io, options).item(moved, [
    ['Alias', `${model.name}@${moved.alias}`],
    ['Version', moved.versionNumber],
  ]);
}
