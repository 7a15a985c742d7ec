import { TableEngine } from '@modelwright/table-engine';
import { Inject, Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { People } from '../../platform/people/people.js';
import type { FeedbackAnswer, FeedbackItem } from '../truth/feedback.dto.js';
import { TruthKeeper } from '../truth/truth-keeper.js';
import type { FeedbackImportReport } from './feedback-job.dto.js';
import type { DatasetImport, FileImport, JobRow } from './feedback-jobs.repository.js';
import { FeedbackJobsRepository } from './feedback-jobs.repository.js';
import { FeedbackFiles } from './feedback-files.js';
import { fileRows, noColumn, type ImportedRow } from './import-source.js';

const BATCH = 500;
const PAGE = 1_000;
const QUESTION_DEADLINE_MS = 60_000;
const MAX_CELL = 10_000;
const MAX_PROBLEMS = 50;
const MAX_ROW_INDEX = 100_000;

type Problems = FeedbackImportReport['problems'];

export const EMPTY_IMPORT: FeedbackImportReport = {
  rows: 0,
  recorded: 0,
  replaced: 0,
  unchanged: 0,
  unknown: 0,
  invalid: 0,
  problems: [],
};

/** Thrown when somebody cancelled the work; what is stored stays. */
export class JobCancelledError extends Error {}

/** Joins a file or a table of outcomes with the log, batch by batch; interrupted, it goes on after the last batch. */
@Injectable()
export class TruthImport {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly datasets: DatasetsService,
    @Inject(TableEngine) private readonly tables: TableEngine,
    private readonly files: FeedbackFiles,
    private readonly keeper: TruthKeeper,
    private readonly people: People,
    private readonly jobs: FeedbackJobsRepository,
  ) {}

  async run(job: JobRow, options: FileImport | DatasetImport, signal: AbortSignal): Promise<void> {
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const deployment = await this.deployments.require(scope, job.deploymentId);
    const names = await this.people.displayNames([job.createdBy]);
    const by = {
      source: options.kind === 'file-import' ? ('file' as const) : ('dataset' as const),
      toldBy: names.get(job.createdBy ?? '') ?? null,
    };
    const rows =
      options.kind === 'file-import' ? await this.ofFile(job, options) : this.ofTable(job, options);
    let report = job.report.import ?? EMPTY_IMPORT;
    let skip = job.rowsDone;
    let done = job.rowsDone;
    for await (const batch of batchesOf(rows)) {
      signal.throwIfAborted();
      const fresh = batch.slice(Math.min(skip, batch.length));
      skip -= batch.length - fresh.length;
      if (fresh.length === 0) continue;
      const read = fresh.map(toItem);
      const items = read.flatMap(({ item }) => (item ? [item] : []));
      const answer = await this.keeper.keep(scope, deployment, items, by);
      done += fresh.length;
      report = added(report, read, answer);
      const state = {
        rowsDone: done,
        progress: fresh.at(-1)?.share ?? 0,
        report: { import: report, dataset: null },
      };
      if (!(await this.jobs.progress(job, state))) throw new JobCancelledError();
    }
  }

  private async ofFile(
    job: JobRow,
    { columns, sizeBytes }: FileImport,
  ): Promise<AsyncGenerator<ImportedRow>> {
    return fileRows(await this.files.open(job.id), sizeBytes, columns);
  }

  private async *ofTable(
    job: JobRow,
    { datasetId, versionNumber, columns }: DatasetImport,
  ): AsyncGenerator<ImportedRow> {
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const table = await this.datasets.getVersionForTraining(scope, datasetId, { version: versionNumber });
    const all = table.profile.columns.map(({ name, type }) => ({ name, type }));
    const names = all.map(({ name }) => name);
    const { requestId, truth, rowIndex, observedAt } = columns;
    const wanted = [requestId, truth, rowIndex, observedAt].filter((name) => name !== undefined);
    for (const name of wanted) if (!names.includes(name)) throw noColumn(names, name, '#/columns');
    const select = [...new Set(wanted)];
    for (let offset = 0; offset < table.rows; offset += PAGE) {
      const page = await this.tables.rows(
        {
          parquetPath: table.parquetPath,
          columns: all,
          tableRows: table.rows,
          select,
          offset,
          limit: PAGE,
          filters: [],
          maxCellCharacters: MAX_CELL,
        },
        { deadlineMs: QUESTION_DEADLINE_MS },
      );
      const place = new Map(page.columns.map(({ name }, at) => [name, at]));
      for (const [at, cells] of page.rows.entries()) {
        const cell = (name: string | undefined) =>
          name === undefined ? null : (cells[place.get(name) ?? -1] ?? null);
        const index = cell(rowIndex);
        yield {
          line: offset + at + 1,
          requestId: String(cell(requestId) ?? ''),
          truth: cell(truth),
          rowIndex: typeof index === 'boolean' ? String(index) : index,
          observedAt: cell(observedAt) === null ? null : String(cell(observedAt)),
          share: (offset + at + 1) / table.rows,
        };
      }
    }
  }
}

async function* batchesOf(rows: AsyncIterable<ImportedRow>): AsyncGenerator<ImportedRow[]> {
  let batch: ImportedRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

interface ReadRow {
  readonly row: ImportedRow;
  readonly item?: FeedbackItem;
  readonly detail?: string;
}

function toItem(row: ImportedRow): ReadRow {
  const { rowIndex, observedAt, requestId, truth } = row;
  const index = rowIndex === null ? 0 : Number(rowIndex);
  if (!Number.isInteger(index) || index < 0 || index > MAX_ROW_INDEX)
    return { row, detail: `"${String(rowIndex).slice(0, 50)}" is no place of a row, counted from 0.` };
  const at = observedAt === null ? undefined : new Date(observedAt);
  if (at && Number.isNaN(at.getTime()))
    return { row, detail: `"${observedAt?.slice(0, 50)}" is no time. Write it as 2026-01-31T14:00:00Z.` };
  if (requestId === '') return { row, detail: 'The request id is missing.' };
  return {
    row,
    item: {
      requestId: requestId.slice(0, 100),
      rowIndex: index,
      truth,
      ...(at ? { observedAt: at.toISOString() } : {}),
    },
  };
}

function added(
  report: FeedbackImportReport,
  read: readonly ReadRow[],
  answer: FeedbackAnswer,
): FeedbackImportReport {
  const asked = read.filter(({ item }) => item);
  const problems: Problems = [
    ...read.flatMap(({ row, detail }) =>
      detail === undefined
        ? []
        : [{ line: row.line, status: 'invalid' as const, requestId: row.requestId, detail }],
    ),
    ...answer.items.flatMap(({ index, status, requestId, detail, suggestion }) => {
      if (status !== 'unknown' && status !== 'invalid') return [];
      const hint = suggestion === null ? '' : ` Did you mean "${suggestion}"?`;
      return [{ line: asked[index]?.row.line ?? 0, status, requestId, detail: `${detail ?? ''}${hint}` }];
    }),
  ].sort((one, other) => one.line - other.line);
  return {
    rows: report.rows + read.length,
    recorded: report.recorded + answer.recorded,
    replaced: report.replaced + answer.replaced,
    unchanged: report.unchanged + answer.unchanged,
    unknown: report.unknown + answer.unknown,
    invalid: report.invalid + answer.invalid + (read.length - asked.length),
    problems: [...report.problems, ...problems].slice(0, MAX_PROBLEMS),
  };
}
