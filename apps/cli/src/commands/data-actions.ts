import {
  downloadDataset,
  getDatasetProfile,
  getDatasetRows,
  listDatasets,
  type DatasetResponse,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { Printer } from '../output/printer.js';
import { formatBytes, formatTime, type Column, type Fields } from '../output/table.js';
import { consoleLink } from '../session/console-links.js';
import { saveStream } from '../session/download.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import type { ProjectOptions } from './leaf.js';

const COLUMNS: readonly Column<DatasetResponse>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'status', value: ({ status }) => status },
  { title: 'rows', value: ({ rows }) => rows, align: 'right' },
  { title: 'columns', value: ({ columns }) => columns, align: 'right' },
  { title: 'target', value: ({ target }) => target },
  { title: 'version', value: ({ versionNumber }) => versionNumber, align: 'right' },
  { title: 'updated', value: ({ updatedAt }) => formatTime(updatedAt) },
  { title: 'id', value: ({ id }) => id },
];

export async function listData(session: Session, options: ProjectOptions & { limit: number }): Promise<void> {
  const client = await session.client();
  const path = { projectId: (await session.project(options.project)).id };
  const found = await collect((query) => answerOf(listDatasets({ client, path, query })), options.limit);
  new Printer(session.io, options).list(
    found,
    COLUMNS,
    'There is no dataset yet: modelwright data upload FILE',
  );
}

/** The fields of a dataset for people. */
export function datasetFields(url: string, dataset: DatasetResponse): Fields {
  const { targetSuggestion: suggestion } = dataset;
  return [
    ['Dataset', dataset.name],
    ['Id', dataset.id],
    ['Status', dataset.failure ? `${dataset.status}: ${dataset.failure.detail}` : dataset.status],
    ['Version', dataset.versionNumber],
    ['Rows', dataset.rows],
    ['Columns', dataset.columns],
    ['Size', formatBytes(dataset.sizeBytes)],
    ['Target', dataset.target ?? undefined],
    ['Suggested target', suggestion ? `${suggestion.column}: ${suggestion.reason}` : undefined],
    ['Warnings', dataset.flagsCount],
    ['Console', consoleLink(url, 'data', dataset)],
  ];
}

export async function showData(
  session: Session,
  reference: string,
  options: ProjectOptions & { target?: string },
): Promise<void> {
  const client = await session.client();
  const dataset = await new Finder(session).dataset(reference, options.project);
  const profile =
    dataset.status === 'ready'
      ? await answerOf(
          getDatasetProfile({
            client,
            path: { datasetId: dataset.id },
            query: options.target ? { target: options.target } : {},
          }),
        )
      : null;
  const print = new Printer(session.io, options);
  if (print.isJson) {
    print.json({ ...dataset, profile });
    return;
  }
  print.item(dataset, datasetFields((await session.door()).url, dataset));
  if (!profile) return;
  print.line();
  print.table(profile.columns, [
    { title: 'column', value: ({ name }) => name },
    { title: 'type', value: ({ type }) => type },
    { title: 'missing', value: ({ missing }) => missing, align: 'right' },
    { title: 'distinct', value: ({ distinct }) => distinct, align: 'right' },
    { title: 'examples', value: ({ examples }) => examples.slice(0, 3) },
  ]);
  if (profile.flags.length === 0) return;
  print.line();
  print.table(profile.flags, [
    { title: 'severity', value: ({ severity }) => severity },
    { title: 'column', value: ({ column }) => column },
    { title: 'finding', value: ({ reason }) => reason },
    { title: 'what to do', value: ({ fix }) => fix },
  ]);
}

interface RowsOptions extends ProjectOptions {
  readonly limit: number;
  readonly offset: number;
  readonly sort?: string;
  readonly descending?: boolean;
}

export async function showRows(session: Session, reference: string, options: RowsOptions): Promise<void> {
  const client = await session.client();
  const { id: datasetId } = await new Finder(session).dataset(reference, options.project);
  const { limit, offset, sort } = options;
  const descending = options.descending ? 'true' : undefined;
  const page = await answerOf(
    getDatasetRows({ client, path: { datasetId }, query: { limit, offset, sort, descending } }),
  );
  const print = new Printer(session.io, options);
  if (print.isJson) {
    print.json(page);
    return;
  }
  const columns = page.columns.map(({ name }, index) => ({
    title: name,
    value: (row: (typeof page.rows)[number]) => row[index],
  }));
  print.table(page.rows, columns);
  print.note(`${page.rows.length} of ${page.totalRows} rows`);
}

interface DownloadOptions extends ProjectOptions {
  readonly format: 'original' | 'parquet';
  readonly out: string;
}

export async function downloadData(
  session: Session,
  reference: string,
  options: DownloadOptions,
): Promise<void> {
  const client = await session.client();
  const { id: datasetId } = await new Finder(session).dataset(reference, options.project);
  const body = await answerOf(
    downloadDataset({ client, path: { datasetId }, query: { format: options.format }, parseAs: 'stream' }),
  );
  await saveStream(session.io, body, options.out);
  if (options.out === '-') return;
  new Printer(session.io, options).item({ id: datasetId, file: options.out }, [['Written', options.out]]);
}
