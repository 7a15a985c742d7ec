/** The command `predict`: from a source of rows to printed predictions. */
import { Readable } from 'node:stream';
import { getDeploymentSchema, type Client, type ContractInput, type PredictResponse } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError, usageError } from '../cli-error.js';
import type { ProjectOptions } from '../commands/leaf.js';
import { Printer } from '../output/printer.js';
import { Finder } from '../session/find.js';
import { askSecret } from '../session/prompt.js';
import type { Session } from '../session/session.js';
import { batchesOf, predictBatch } from './batches.js';
import { cellsByContract, cellsByLook } from './cells.js';
import { formatOf, jsonRows, openFile, readRows, sniff, type PlacedRow, type RowFormat } from './rows.js';
import { predictionWriter, type PredictionFormat } from './writers.js';

export interface PredictOptions extends ProjectOptions {
  readonly row?: readonly string[];
  readonly file?: string;
  readonly input?: RowFormat;
  readonly delimiter: string;
  readonly missing?: readonly string[];
  readonly key?: boolean;
  readonly batch: number;
  readonly withInput?: boolean;
  readonly output?: PredictionFormat;
}

export async function predictRows(
  session: Session,
  reference: string,
  source: string | undefined,
  options: PredictOptions,
): Promise<void> {
  if (reference.startsWith('mwk_') || source?.startsWith('mwk_'))
    throw usageError(
      'A key on the command line can be read by others on this machine',
      'put it into MODELWRIGHT_KEY, or give --key and paste it; revoke this one',
    );
  const open = chooseSource(session, source, options);
  const print = new Printer(session.io, options);
  const endpoint = await findEndpoint(session, reference, options);
  const rows = await open(endpoint.inputs);
  const format = options.output ?? (options.json ? 'json' : print.isTerminal ? 'table' : 'csv');
  const writer = predictionWriter(print, format, options.withInput === true);
  const caller = { ...endpoint, signal: session.io.signal, note: (text: string) => print.note(text) };
  const warnings = new Map<string, number>();
  let done = 0;
  for await (const batch of batchesOf(rows, Math.min(options.batch, endpoint.maxRows))) {
    const answer = await predictBatch(caller, batch);
    writer.batch(batch, answer);
    done += batch.length;
    countWarnings(answer, warnings);
    if (batch.length >= options.batch) print.note(`${done} rows predicted`);
  }
  if (done === 0) throw usageError('There are no rows', 'the source is empty');
  writer.end();
  for (const [warning, count] of warnings) print.note(`! ${warning} (${count} rows)`);
}

type OpenRows = (inputs: readonly ContractInput[] | undefined) => Promise<AsyncIterable<PlacedRow>>;

/** Decided before anything is asked of the installation. @throws CliError exit code 2 unless there is one source */
function chooseSource(session: Session, source: string | undefined, options: PredictOptions): OpenRows {
  const given = [options.row, options.file, source].filter((item) => item !== undefined);
  if (given.length !== 1)
    throw usageError(
      given.length === 0 ? 'Which rows?' : 'Rows come from one place',
      'give --row JSON, --file FILE, or - for standard input',
    );
  if (options.row) {
    const rows = options.row
      .flatMap((json) => jsonRows(json))
      .map((row, index) => ({ row, number: index + 1 }));
    return () => Promise.resolve(Readable.from(rows));
  }
  const path = options.file ?? source ?? '-';
  return async (inputs) => {
    const missing = options.missing ?? [];
    const readCell = inputs ? cellsByContract(inputs, missing) : cellsByLook(missing);
    const opened = await openSource(session, path, options.input);
    return readRows(opened.source, { format: opened.format, delimiter: options.delimiter, readCell });
  };
}

async function openSource(
  session: Session,
  path: string,
  input: RowFormat | undefined,
): Promise<{ source: Readable; format: RowFormat }> {
  if (path !== '-') return { format: input ?? formatOf(path), source: await openFile(path) };
  const found = await sniff(session.io.stdin);
  return { source: found.source, format: input ?? found.format };
}

interface FoundEndpoint {
  readonly client: Client;
  readonly endpoint: string;
  readonly maxRows: number;
  /** Absent for callers who may not read the contract. */
  readonly inputs: readonly ContractInput[] | undefined;
}

/** Rows per call where the endpoint's schema cannot be read. */
const CAUTIOUS_ROWS = 1000;

async function findEndpoint(
  session: Session,
  reference: string,
  options: PredictOptions,
): Promise<FoundEndpoint> {
  const { url, token } = await session.door();
  const { MODELWRIGHT_KEY: fromEnvironment } = session.io.env;
  const key = options.key && !fromEnvironment ? await askKey(session, options) : fromEnvironment;
  const caller = key ? session.clientFor(url, key) : undefined;
  // Who has a key alone, or calls a public endpoint, knows it by slug or id; nothing can be looked up.
  if (!token)
    return {
      client: caller ?? session.clientFor(url),
      endpoint: reference,
      maxRows: CAUTIOUS_ROWS,
      inputs: undefined,
    };
  const client = await session.client();
  const { id } = await new Finder(session).deployment(reference, options.project);
  const schema = await answerOf(getDeploymentSchema({ client, path: { deploymentId: id } }));
  return {
    client: caller ?? client,
    endpoint: id,
    maxRows: maxRowsOf(schema.requestSchema) ?? CAUTIOUS_ROWS,
    inputs: schema.contract.inputs,
  };
}

async function askKey(session: Session, { file }: PredictOptions): Promise<string> {
  if (!session.io.stdin.isTTY) throw usageError('There is nobody to ask for the key', 'set MODELWRIGHT_KEY');
  if (file === '-') throw usageError('Standard input holds the rows', 'set MODELWRIGHT_KEY');
  const key = await askSecret(session.io, 'Deployment key (hidden): ');
  if (key) return key;
  throw new CliError('No key was given');
}

function maxRowsOf(schema: Record<string, unknown>): number | undefined {
  const { rows } = (schema.properties ?? {}) as { rows?: { maxItems?: unknown } };
  return typeof rows?.maxItems === 'number' ? rows.maxItems : undefined;
}

function countWarnings({ predictions }: PredictResponse, into: Map<string, number>): void {
  for (const { warnings = [] } of predictions)
    for (const { code, field } of warnings) {
      const text = `${field}: ${code.replaceAll('_', ' ')}`;
      into.set(text, (into.get(text) ?? 0) + 1);
    }
}
