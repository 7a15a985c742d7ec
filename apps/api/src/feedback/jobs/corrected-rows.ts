import { Readable } from 'node:stream';
import type { CellValue } from '@modelwright/contracts';
import { TableEngine } from '@modelwright/table-engine';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatasetsService, type TrainingTable } from '../../datasets/datasets.service.js';
import { DatasetProducts } from '../../datasets/dataset-products.js';
import { MASKED } from '../../deployments/predict/log-mask.js';
import { AnsweredRows } from '../../deployments/requests/answered-rows.js';
import { SystemScope, type Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';
import { csvLines, OUTPUT_DIALECT } from '../../platform/text/csv-lines.js';
import type { CorrectedDatasetReport } from './feedback-job.dto.js';
import { FeedbackJobsRepository, type JobRow, type VersionMaking } from './feedback-jobs.repository.js';
import { JobCancelledError } from './truth-import.js';

const PAGE = 1_000;
const QUESTION_DEADLINE_MS = 60_000;
const MAX_CELL = 1_000_000;
/** As many rows as are added at most, the newest ones. */
export const MAX_ADDED_ROWS = 500_000;

interface LabelledRow {
  readonly requestId: string;
  readonly rowIndex: number;
  readonly truth: string | number;
}

type Counts = Pick<CorrectedDatasetReport, 'addedRows' | 'lostRows'> & {
  addedRows: number;
  lostRows: number;
};

/** Makes a table of what was asked and what was true of it, after the rows of an earlier version or alone. */
@Injectable()
export class CorrectedRows {
  constructor(
    private readonly dataSource: DataSource,
    private readonly datasets: DatasetsService,
    private readonly products: DatasetProducts,
    @Inject(TableEngine) private readonly tables: TableEngine,
    private readonly rows: AnsweredRows,
    private readonly jobs: FeedbackJobsRepository,
  ) {}

  /** Rows with a known outcome that would be added. */
  async count(scope: Scope, deploymentId: string, from: Date, only: 'all' | 'wrong'): Promise<number> {
    const rows = await this.dataSource.query<{ rows: number }[]>(
      `SELECT count(*)::integer AS rows FROM (SELECT FROM prediction_truth t
         WHERE deployment_id = $1 AND project_id = $2 AND predicted_at >= $3 AND ${CONDITION[only]} LIMIT $4) found`,
      [deploymentId, scope.projectId, from, MAX_ADDED_ROWS],
    );
    return rows[0]?.rows ?? 0;
  }

  async run(job: JobRow, options: VersionMaking, signal: AbortSignal): Promise<void> {
    const scope = SystemScope.forBackgroundWork(job.projectId);
    const { datasetId, versionId, name, target, source } = options;
    if (await this.products.stateOf(scope, versionId)) return this.tell(job, scope, options);
    const counts: Counts = { addedRows: 0, lostRows: 0 };
    const base =
      options.baseVersionNumber === null
        ? undefined
        : await this.datasets.getVersionForTraining(scope, datasetId, { version: options.baseVersionNumber });
    const told = new Told(this.jobs, job, options, counts, base?.rows ?? 0);
    const content = Readable.from(this.lines(job, options, base, told, signal));
    const product = {
      datasetId,
      versionId,
      name,
      target,
      fileName: source,
      dialect: OUTPUT_DIALECT,
      madeBy: 'derived',
      createdBy: job.createdBy,
    } as const;
    await this.products.store(scope, product, content, signal);
    await this.tell(job, scope, options, told.report);
  }

  /** The number of the version is known once it is written. */
  private async tell(
    job: JobRow,
    scope: Scope,
    { versionId }: VersionMaking,
    report: CorrectedDatasetReport | null = job.report.dataset,
  ): Promise<void> {
    if (!report) return;
    const version = await this.products.stateOf(scope, versionId);
    const dataset = { ...report, versionNumber: version?.number ?? null };
    await this.jobs.progress(job, {
      rowsDone: report.addedRows,
      progress: 1,
      report: { import: null, dataset },
    });
  }

  private async *lines(
    job: JobRow,
    options: VersionMaking,
    base: TrainingTable | undefined,
    told: Told,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const columns = base
      ? base.profile.columns.map(({ name }) => name)
      : [...options.columns, options.target];
    yield csvLines([columns]);
    if (base)
      for (let offset = 0; offset < base.rows; offset += PAGE) {
        signal.throwIfAborted();
        yield await this.baseLines(base, offset);
        await told.after(Math.min(offset + PAGE, base.rows));
      }
    yield* this.addedLines(job, options, columns, told, signal);
  }

  private async baseLines(base: TrainingTable, offset: number): Promise<string> {
    const page = await this.tables.rows(
      {
        parquetPath: base.parquetPath,
        columns: base.profile.columns.map(({ name, type }) => ({ name, type })),
        tableRows: base.rows,
        offset,
        limit: PAGE,
        filters: [],
        maxCellCharacters: MAX_CELL,
      },
      { deadlineMs: QUESTION_DEADLINE_MS },
    );
    return csvLines(page.rows);
  }

  private async *addedLines(
    job: JobRow,
    options: VersionMaking,
    columns: readonly string[],
    told: Told,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    let after: LabelledRow | undefined;
    for (;;) {
      signal.throwIfAborted();
      const page = await this.page(job, options, after);
      const asked = await this.rows.inputs(job.deploymentId, page);
      const values = new Map(asked.map((row) => [`${row.requestId}:${row.rowIndex}`, row.values]));
      for (const { requestId, rowIndex, truth } of page) {
        const row = values.get(`${requestId}:${rowIndex}`);
        if (!row) told.counts.lostRows += 1;
        else {
          told.counts.addedRows += 1;
          yield csvLines([columns.map((name) => (name === options.target ? truth : cellOf(row[name])))]);
        }
      }
      await told.after(told.counts.addedRows);
      after = page.at(-1);
      if (page.length < PAGE || told.counts.addedRows + told.counts.lostRows >= MAX_ADDED_ROWS) break;
    }
    if (told.counts.addedRows === 0)
      throw new Problem('conflict', 'None of the rows is in the log any more, so there is nothing to add.');
  }

  private page(job: JobRow, { from, only }: VersionMaking, after?: LabelledRow): Promise<LabelledRow[]> {
    return this.dataSource.query<LabelledRow[]>(
      `SELECT request_id AS "requestId", row_index AS "rowIndex", coalesce(to_jsonb(truth_label), to_jsonb(truth_number)) AS truth
       FROM prediction_truth t
       WHERE deployment_id = $1 AND project_id = $2 AND predicted_at >= $3 AND ${CONDITION[only]}
         AND ($4::uuid IS NULL OR (request_id, row_index) < ($4, $5::integer))
       ORDER BY request_id DESC, row_index DESC LIMIT $6`,
      [job.deploymentId, job.projectId, from, after?.requestId ?? null, after?.rowIndex ?? null, PAGE],
    );
  }
}

const CONDITION = {
  all: 'true',
  wrong: '(truth_label IS DISTINCT FROM predicted_label OR truth_number IS DISTINCT FROM predicted_number)',
} as const;

/** Says how far the work is; ends it when somebody cancelled it. */
class Told {
  constructor(
    private readonly jobs: FeedbackJobsRepository,
    private readonly job: JobRow,
    private readonly options: VersionMaking,
    readonly counts: Counts,
    private readonly baseRows: number,
  ) {}

  get report(): CorrectedDatasetReport {
    const { datasetId, baseVersionNumber } = this.options;
    return {
      datasetId,
      versionNumber: null,
      baseVersionNumber,
      baseRows: this.baseRows,
      addedRows: this.counts.addedRows,
      lostRows: this.counts.lostRows,
      emptyColumns: this.job.report.dataset?.emptyColumns ?? [],
    };
  }

  async after(rows: number): Promise<void> {
    const { addedRows } = this.counts;
    // What is still to come is not known exactly; reading it in takes longer than writing it anyway.
    const progress = (rows / Math.max(1, this.baseRows + addedRows)) * 0.9;
    const report = { import: null, dataset: this.report };
    if (!(await this.jobs.progress(this.job, { rowsDone: addedRows, progress, report })))
      throw new JobCancelledError();
  }
}

/** A cell of the table; of what was masked in the log nothing is known. */
function cellOf(value: unknown): CellValue {
  if (value === undefined || value === null || value === MASKED) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return JSON.stringify(value);
}
