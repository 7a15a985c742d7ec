import type { ArtifactStore } from '@modelwright/artifact-store';
import { TableEngine, TableError, type CellValue, type TableColumn } from '@modelwright/table-engine';
import { Inject, Injectable } from '@nestjs/common';
import { MODEL_ARTIFACTS } from '../../training/model-artifacts.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { sha256Of } from '../../platform/files/sha256.js';

const HOLDOUT = 'holdout.parquet';
const MAX_ROWS = 50_000;
const PATIENCE = { deadlineMs: 30_000 };
const MAX_LABEL = 10_000;

/** The part of a version that says where its held-out predictions are and how to read them. */
export type HoldoutOwner = Pick<ModelVersionEntity, 'artifactKey' | 'manifest' | 'contract' | 'evaluation'>;

/** Held-out rows with what a model predicted for them, in the order of the row numbers. */
export interface HoldoutTable {
  readonly sha256: string;
  /** Rows of the dataset version, counted from 0. */
  readonly rows: readonly number[];
  readonly actual: readonly (string | number)[];
  readonly predicted: readonly (string | number)[];
  readonly probabilities: ReadonlyMap<string, readonly number[]>;
  /** Whether the file has more rows than are read. */
  readonly isCut: boolean;
}

/** The stored predictions cannot be used; the message says why, in words for people. */
export class HoldoutUnusableError extends Error {
  override readonly name = 'HoldoutUnusableError';
}

const noneStored = (): HoldoutUnusableError =>
  new HoldoutUnusableError('No predictions of held-out rows are stored.');

/** Reads what a model predicted for its held-out rows, out of process like every file that containers wrote. */
@Injectable()
export class HoldoutReader {
  constructor(
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    private readonly tables: TableEngine,
  ) {}

  /** SHA-256 of the file as sealed in the manifest; undefined when the model was made without a hold-out. */
  sha256Of({ manifest }: Pick<HoldoutOwner, 'manifest'>): string | undefined {
    return manifest.files.find((file) => file.name === HOLDOUT)?.sha256;
  }

  /** @throws HoldoutUnusableError when it is not there, has changed, or is not what the contract says */
  async read(owner: HoldoutOwner): Promise<HoldoutTable> {
    const sha256 = this.sha256Of(owner);
    if (sha256 === undefined) throw noneStored();
    const key = owner.artifactKey.replace(/[^/]+$/, HOLDOUT);
    const path = this.artifacts.localPath(key);
    if (path === null) throw noneStored();
    await this.check(key, sha256);
    const columns = columnsOf(owner);
    const rows = await this.cells(path, columns, owner.evaluation.holdout.rows);
    return { sha256, ...tableOf(columns, rows), isCut: owner.evaluation.holdout.rows > rows.length };
  }

  private async check(key: string, expected: string): Promise<void> {
    let sha256: string;
    try {
      sha256 = await sha256Of(await this.artifacts.get(key));
    } catch (cause) {
      throw new HoldoutUnusableError('The stored predictions of held-out rows cannot be read.', { cause });
    }
    if (sha256 !== expected)
      throw new HoldoutUnusableError(
        'The stored predictions of held-out rows have changed since they were written.',
      );
  }

  private async cells(
    parquetPath: string,
    columns: TableColumn[],
    tableRows: number,
  ): Promise<CellValue[][]> {
    try {
      const page = await this.tables.rows(
        {
          parquetPath,
          columns,
          tableRows,
          offset: 0,
          limit: MAX_ROWS,
          sort: { column: 'row', descending: false },
          filters: [],
          maxCellCharacters: MAX_LABEL,
        },
        PATIENCE,
      );
      return page.rows;
    } catch (cause) {
      const why = cause instanceof TableError ? cause.detail : 'They are not in the expected form.';
      throw new HoldoutUnusableError(`The stored predictions of held-out rows cannot be used. ${why}`, {
        cause,
      });
    }
  }
}

const PROBABILITY = 'probability:';

function columnsOf({ contract }: HoldoutOwner): TableColumn[] {
  const isClass = contract.output.kind === 'class';
  const type = isClass ? 'category' : 'number';
  const classes = isClass ? (contract.output.classes ?? []) : [];
  return [
    { name: 'row', type: 'integer' },
    { name: 'actual', type },
    { name: 'prediction', type },
    ...classes.map((label) => ({ name: `${PROBABILITY}${label}`, type: 'number' as const })),
  ];
}

function tableOf(columns: readonly TableColumn[], cells: readonly CellValue[][]) {
  const column = (index: number): (string | number)[] =>
    cells.map((row) => {
      const value = row[index];
      return typeof value === 'string' || typeof value === 'number' ? value : NaN;
    });
  const probabilities = new Map<string, number[]>();
  for (const [index, { name }] of columns.entries())
    if (name.startsWith(PROBABILITY))
      probabilities.set(name.slice(PROBABILITY.length), column(index).map(Number));
  return {
    rows: column(0).map(Number),
    actual: column(1),
    predicted: column(2),
    probabilities,
  };
}
