import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { getDataset, uploadDataset, uploadDatasetVersion, type DatasetResponse } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError, usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { formatBytes } from '../output/table.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import { leavable, waitUntil, withoutRepeats } from '../session/wait.js';
import { datasetFields } from './data-actions.js';
import { idempotencyHeaders, type CreatingOptions } from './leaf.js';

interface UploadOptions extends CreatingOptions {
  readonly name?: string;
  readonly target?: string;
  readonly versionOf?: string;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly badRows?: 'tolerate' | 'skip' | 'refuse';
  readonly allowDuplicate?: boolean;
  readonly wait?: boolean;
}

export async function uploadData(session: Session, path: string, options: UploadOptions): Promise<void> {
  const print = new Printer(session.io, options);
  const file = await openTable(path);
  if (options.versionOf && (options.name ?? options.target) !== undefined)
    throw usageError('A new version keeps name and target of its dataset', 'leave out --name and --target');
  const send = options.versionOf
    ? await toVersion(session, options.versionOf, options)
    : await toProject(session, options);
  print.note(`Uploading ${path} (${formatBytes(file.size)})`);
  const uploaded = await send(file);
  const dataset = options.wait ? await untilRead(session, uploaded, print) : uploaded;
  print.item(dataset, datasetFields((await session.door()).url, dataset));
  if (dataset.status === 'failed')
    throw new CliError('The table cannot be used', {
      code: dataset.failure?.code,
      detail: dataset.failure?.detail,
      advice: 'mend the file and upload it again',
    });
  if (dataset.status === 'processing') print.note(`It is being read: modelwright data show ${dataset.id}`);
}

/** A file that is read while it is sent. @throws CliError exit code 2 when there is none */
async function openTable(path: string): Promise<File> {
  try {
    if ((await stat(path)).isDirectory()) throw usageError(`${path} is a folder`, 'name a file');
    return new File([await openAsBlob(path)], basename(path), { type: 'text/csv' });
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usageError(
      `${path} cannot be read`,
      `check the path: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

type Send = (file: File) => Promise<DatasetResponse>;

const reading = ({ delimiter, encoding, badRows, allowDuplicate }: UploadOptions) => ({
  delimiter,
  encoding,
  badRows,
  allowDuplicate: allowDuplicate ? ('true' as const) : undefined,
});

async function toProject(session: Session, options: UploadOptions): Promise<Send> {
  const client = await session.client();
  const path = { projectId: (await session.project(options.project)).id };
  const query = { ...reading(options), name: options.name, target: options.target };
  const headers = idempotencyHeaders(options);
  return (file) => answerOf(uploadDataset({ client, path, query, headers, body: { file } }));
}

async function toVersion(session: Session, reference: string, options: UploadOptions): Promise<Send> {
  const client = await session.client();
  const { id: datasetId } = await new Finder(session).dataset(reference, options.project);
  const headers = idempotencyHeaders(options);
  return (file) =>
    answerOf(
      uploadDatasetVersion({ client, path: { datasetId }, query: reading(options), headers, body: { file } }),
    );
}

async function untilRead(
  session: Session,
  { id }: DatasetResponse,
  print: Printer,
): Promise<DatasetResponse> {
  const client = await session.client();
  const tell = withoutRepeats((text) => print.note(text));
  return leavable(session.io, `modelwright data show ${id}`, () =>
    waitUntil(
      session.io,
      () => answerOf(getDataset({ client, path: { datasetId: id } })),
      ({ status }) => status !== 'processing',
      ({ progress }) => progress && tell(`Reading the table: ${progress.stage}`),
    ),
  );
}
