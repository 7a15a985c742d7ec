import { TableEngine } from '@modelwright/table-engine';
import { Inject, Injectable } from '@nestjs/common';
import { DatasetsService, type StoredTable } from '../../datasets/datasets.service.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem, type FieldError } from '../../platform/problems/problem.js';
import type {
  BatchColumn,
  BatchJobCheck,
  BatchJobPreview,
  BatchResults,
  CheckBatchJobRequest,
  PreviewBatchJobRequest,
} from '../batch-job.dto.js';
import type { BatchPlan } from '../batch-job.row.js';
import { RowScorer } from '../scoring/row-scorer.js';
import { outputColumns, type ScoringTask } from '../scoring/scoring-task.js';
import { BatchModels, type ChosenModel } from './batch-models.js';
import { planColumns, type ColumnPlan } from './column-plan.js';
import { addedColumns, identifiersOf, keptColumns } from './output-plan.js';

export interface PlannedJob {
  readonly model: ChosenModel;
  readonly table: StoredTable;
  readonly plan: BatchPlan;
}

type Wanted = CheckBatchJobRequest & BatchResults;

const READ_DEADLINE_MS = 20_000;
const MAX_CELL_CHARACTERS = 1_000_000;
const MAX_ERRORS = 50;

/** Compares what a model takes with what a table has, before anything is begun. */
@Injectable()
export class BatchPlanner {
  constructor(
    private readonly models: BatchModels,
    private readonly datasets: DatasetsService,
    @Inject(TableEngine) private readonly tables: TableEngine,
  ) {}

  /** @throws Problem `deployment-not-found`, `model-not-found`, `dataset-not-found`, `dataset-not-ready`, `dataset-damaged` */
  async check(scope: Scope, request: CheckBatchJobRequest): Promise<BatchJobCheck> {
    const { model, table, columns } = await this.compare(scope, request);
    const { output } = model.contract;
    return {
      model: versionOf(model),
      servingPath: model.servingPath,
      rows: table.rows,
      rowsUnread: table.badRows,
      datasetVersion: table.versionNumber,
      columns: columns.columns,
      ignored: columns.ignored,
      identifiers: identifiersOf(table.columns),
      intervals: model.rules.interval !== null,
      classes: output.kind === 'class' ? (output.classes ?? []) : null,
      canStart: !columns.columns.some(stands) && columns.strangers.length === 0,
    };
  }

  /** @throws Problem as `check`, and `unsuitable-data` with every column that stands in the way */
  async plan(scope: Scope, request: Wanted): Promise<PlannedJob> {
    const { model, table, columns } = await this.compare(scope, request);
    const { kept, unknown } = keptColumns(table.columns, request.columns);
    const errors = [...errorsOf(columns), ...unknown.map(unknownColumn)];
    if (errors.length > 0)
      throw new Problem(
        'unsuitable-data',
        errors.length === 1
          ? `The table does not fit the model: ${errors[0]?.detail ?? ''}`
          : `The table does not fit the model in ${errors.length} ways; see the errors.`,
        { errors: errors.slice(0, MAX_ERRORS) },
      );
    const used = new Set([...kept, ...columns.sources.map(({ column }) => column)]);
    const task: ScoringTask = {
      contract: withoutFigures(model.contract),
      rules: model.rules,
      sources: columns.sources,
      // By the type of the stored table: what a column is used as elsewhere does not change its bytes.
      columns: table.profile.columns
        .filter(({ name }) => used.has(name))
        .map(({ name, type }) => ({ name, type })),
      kept,
      added: addedColumns(model.contract, model.rules, request, kept),
    };
    const { columns: inputs, ignored } = columns;
    return { model, table, plan: { task, columns: inputs, ignored, rowsUnread: table.badRows } };
  }

  /** The first rows of the output. @throws Problem as `plan`, and as asking the model */
  async preview(scope: Scope, request: PreviewBatchJobRequest): Promise<BatchJobPreview> {
    const { model, table, plan } = await this.plan(scope, request);
    const { rows } = await this.tables.rows(
      {
        parquetPath: table.parquetPath,
        columns: plan.task.columns,
        tableRows: table.rows,
        offset: 0,
        limit: request.rows,
        filters: [],
        maxCellCharacters: MAX_CELL_CHARACTERS,
      },
      { deadlineMs: READ_DEADLINE_MS },
    );
    const scorer = new RowScorer(plan.task, await this.models.ask(scope, model.modelVersionId));
    const { cells, failed } = await scorer.score(rows, 0);
    return { columns: outputColumns(plan.task), rows: cells, failed };
  }

  private async compare(scope: Scope, request: CheckBatchJobRequest) {
    const model = await this.models.choose(scope, request);
    const table = await this.datasets.getStoredTable(scope, request.datasetId, request.datasetVersion);
    return { model, table, columns: planColumns(model.contract, table.profile.columns, request.mapping) };
  }
}

export function versionOf(model: ChosenModel): BatchJobCheck['model'] {
  const { modelId, modelVersionId, modelName, versionNumber } = model;
  return { modelId, modelVersionId, modelName, versionNumber };
}

function stands({ state }: BatchColumn): boolean {
  return state === 'missing' || state === 'mistyped';
}

function errorsOf({ columns, strangers }: ColumnPlan): FieldError[] {
  return [
    ...columns.filter(stands).map(({ input, inputType, columnType, detail, suggestion }) => ({
      pointer: pointerTo(input),
      detail: detail ?? 'does not fit',
      expected: inputType,
      got: columnType ?? 'no column',
      ...(suggestion === null ? {} : { suggestion: `map "${input}" to "${suggestion}"` }),
    })),
    ...strangers.map(({ name, isInput, suggestion }) => ({
      pointer: '#/mapping',
      detail: isInput ? `The model has no input "${name}".` : `The table has no column "${name}".`,
      got: name,
      ...(suggestion === null ? {} : { suggestion: `the closest one is "${suggestion}"` }),
    })),
  ];
}

function unknownColumn(name: string): FieldError {
  return { pointer: '#/columns', detail: `The table has no column "${name}".`, got: name };
}

/** RFC 6901. */
function pointerTo(input: string): string {
  return `#/mapping/${input.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Rows are checked by names, types, limits and categories; the rest of a contract is for people. */
function withoutFigures(contract: ChosenModel['contract']): ChosenModel['contract'] {
  const inputs = contract.inputs.map(({ histogram: _histogram, ...input }) => input);
  return { ...contract, inputs };
}
