import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  cancelBatchJob,
  createBatchJob,
  getBatchJob,
  listBatchJobs,
  uploadDataset,
  type BatchJob,
  type BatchJobSummary,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { CliError, usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { formatTime, type Column, type Fields } from '../output/table.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import { leavable, waitUntil, withoutRepeats } from '../session/wait.js';
import { idempotencyHeaders, type CreatingOptions, type ProjectOptions } from './leaf.js';

const READ_SECONDS = 60;
const COLUMNS: readonly Column<BatchJobSummary>[] = [
  { title: 'table', value: ({ input }) => `${input.datasetName} v${input.version}` },
  { title: 'status', value: ({ status }) => status },
  { title: 'rows', value: ({ rowsDone, rowsTotal }) => `${rowsDone} of ${rowsTotal}`, align: 'right' },
  { title: 'do not fit', value: ({ rowsFailed }) => rowsFailed, align: 'right' },
  { title: 'output', value: ({ output }) => output.datasetName },
  { title: 'begun', value: ({ createdAt }) => formatTime(createdAt) },
  { title: 'id', value: ({ id }) => id },
];

interface RunOptions extends CreatingOptions {
  readonly map?: string[];
  readonly columns?: string;
  readonly name?: string;
  readonly into?: string;
  readonly stopAtBadRow?: boolean;
  readonly wait?: boolean;
}

/** @param table a file, or a dataset by name or id */
export async function runBatch(
  session: Session,
  deployment: string,
  table: string,
  options: RunOptions,
): Promise<void> {
  const print = new Printer(session.io, options);
  const find = new Finder(session);
  const { id: deploymentId, projectId } = await find.deployment(deployment, options.project);
  const client = await session.client();
  const datasetId = (await isFile(table))
    ? await uploaded(session, projectId, table, print)
    : (await find.dataset(table, options.project)).id;
  const job = await answerOf(
    createBatchJob({
      client,
      path: { projectId },
      headers: idempotencyHeaders(options),
      body: {
        deploymentId,
        datasetId,
        mapping: mappingOf(options.map ?? []),
        ...(options.columns === undefined ? {} : { columns: columnsOf(options.columns) }),
        ...(options.name === undefined ? {} : { outputName: options.name }),
        ...(options.into === undefined
          ? {}
          : { outputDatasetId: (await find.dataset(options.into, options.project)).id }),
        ...(options.stopAtBadRow ? { onBadRow: 'stop' as const } : {}),
      },
    }),
  );
  if (!options.wait) {
    print.item(job, fieldsOf(job));
    print.note(`Look at it with: modelwright batch show ${job.id}`);
    return;
  }
  const tell = withoutRepeats((text) => print.note(text));
  const ended = await leavable(session.io, `modelwright batch show ${job.id}`, () =>
    waitUntil(
      session.io,
      () => answerOf(getBatchJob({ client, path: { batchJobId: job.id } })),
      ({ finishedAt }) => finishedAt !== null,
      ({ stage, rowsDone, rowsTotal }) =>
        tell(stage === 'storing' ? 'Storing the predictions' : `${rowsDone} of ${rowsTotal} rows`),
    ),
  );
  print.item(ended, fieldsOf(ended));
  if (ended.status !== 'succeeded')
    throw new CliError(`The batch job was ${ended.status === 'failed' ? 'not successful' : ended.status}`, {
      code: ended.status,
      detail: ended.failure ?? undefined,
    });
}

export async function listBatch(
  session: Session,
  options: ProjectOptions & { limit: number },
): Promise<void> {
  const client = await session.client();
  const path = { projectId: (await session.project(options.project)).id };
  const found = await collect((query) => answerOf(listBatchJobs({ client, path, query })), options.limit);
  new Printer(session.io, options).list(
    found,
    COLUMNS,
    'There is no batch job yet: modelwright batch run DEPLOYMENT TABLE',
  );
}

export async function showBatch(
  session: Session,
  batchJobId: string,
  options: ProjectOptions,
): Promise<void> {
  const job = await answerOf(getBatchJob({ client: await session.client(), path: { batchJobId } }));
  new Printer(session.io, options).item(job, fieldsOf(job));
}

export async function cancelBatch(
  session: Session,
  batchJobId: string,
  options: ProjectOptions,
): Promise<void> {
  const job = await answerOf(cancelBatchJob({ client: await session.client(), path: { batchJobId } }));
  new Printer(session.io, options).item(job, fieldsOf(job));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** @returns the id of the dataset that the file is now, or was already */
async function uploaded(session: Session, projectId: string, path: string, print: Printer): Promise<string> {
  const file = new File([await openAsBlob(path)], basename(path), { type: 'text/csv' });
  print.note(`Uploading ${path}`);
  // The same rows may be predicted by several jobs.
  const query = { waitSeconds: READ_SECONDS, allowDuplicate: 'true' as const };
  const dataset = await answerOf(
    uploadDataset({ client: await session.client(), path: { projectId }, query, body: { file } }),
  );
  if (dataset.status === 'failed')
    throw new CliError('The table cannot be used', {
      code: dataset.failure?.code,
      detail: dataset.failure?.detail,
      advice: 'mend the file and run it again',
    });
  return dataset.id;
}

function mappingOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [input, ...column] = pair.split('=');
      if (!input || column.length === 0)
        throw usageError(`"${pair}" is no mapping`, 'write it as INPUT=COLUMN');
      return [input, column.join('=')];
    }),
  );
}

function columnsOf(text: string): 'all' | 'identifiers' | 'none' | string[] {
  return text === 'all' || text === 'identifiers' || text === 'none' ? text : text.split(',');
}

function fieldsOf(job: BatchJob): Fields {
  return [
    ['Id', job.id],
    ['Status', job.failure ? `${job.status}: ${job.failure}` : job.status],
    ['Table', `${job.input.datasetName} v${job.input.version}`],
    ['Model', `${job.model.modelName} v${job.model.versionNumber}`],
    ['Rows', `${job.rowsDone} of ${job.rowsTotal}`],
    ['Do not fit', job.rowsFailed],
    [
      'Output',
      job.output.version === null
        ? job.output.datasetName
        : `${job.output.datasetName} v${job.output.version}`,
    ],
    ['Dataset', job.output.datasetId],
  ];
}
