import type { ArtifactStore } from '@modelwright/artifact-store';
import { TableEngine, TableError, type CellValue, type TableColumn } from '@modelwright/table-engine';
import { Inject, Injectable } from '@nestjs/common';
import { sha256Of } from '../../platform/files/sha256.js';
import { MODEL_ARTIFACTS } from '../../training/model-artifacts.js';
import type { FoldPredictions } from '../../training/training-outputs.service.js';

/** So many lines are enough for a curve, and few enough to be read while somebody waits. */
const MAX_LINES = 100_000;
const MAX_LABEL = 10_000;
const PATIENCE = { deadlineMs: 30_000 };

/** What candidates predicted for rows that their fits had not seen, the lines of all in the same order. */
export interface FoldRows {
  readonly actual: readonly CellValue[];
  /** By candidate: the number, or the probability of the positive class. */
  readonly predicted: ReadonlyMap<string, readonly number[]>;
}

/** The stored predictions cannot be used; the message says why, in words for people. */
export class FoldPredictionsUnusableError extends Error {
  override readonly name = 'FoldPredictionsUnusableError';
}

/** Reads out-of-fold predictions, out of process like every file that containers wrote. */
@Injectable()
export class FoldPredictionsReader {
  constructor(
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    private readonly tables: TableEngine,
  ) {}

  /**
   * @param candidateIds some of those that the file has
   * @throws FoldPredictionsUnusableError when it is not there, has changed, or is not what a trainer writes
   */
  async read(stored: FoldPredictions, candidateIds: readonly string[]): Promise<FoldRows> {
    const path = this.artifacts.localPath(stored.key);
    if (path === null) throw new FoldPredictionsUnusableError('They are not on this machine.');
    await this.check(stored);
    const columns = columnsOf(stored, candidateIds);
    const rows = await this.cells(path, columns);
    return {
      actual: rows.map(([actual]) => actual ?? null),
      predicted: new Map(
        candidateIds.map((id, place) => [id, rows.map((row) => Number(row[place + 1] ?? Number.NaN))]),
      ),
    };
  }

  private async check({ key, sha256 }: FoldPredictions): Promise<void> {
    let found: string;
    try {
      found = await sha256Of(await this.artifacts.get(key));
    } catch (cause) {
      throw new FoldPredictionsUnusableError('They cannot be read.', { cause });
    }
    if (found !== sha256)
      throw new FoldPredictionsUnusableError('They have changed since they were written.');
  }

  private async cells(parquetPath: string, columns: TableColumn[]): Promise<CellValue[][]> {
    try {
      const request = { offset: 0, limit: MAX_LINES, filters: [], maxCellCharacters: MAX_LABEL };
      const page = await this.tables.rows(
        { parquetPath, columns, tableRows: MAX_LINES, ...request },
        PATIENCE,
      );
      return page.rows;
    } catch (cause) {
      const why = cause instanceof TableError ? cause.detail : 'They are not in the expected form.';
      throw new FoldPredictionsUnusableError(why, { cause });
    }
  }
}

function columnsOf({ kind, positiveClass }: FoldPredictions, candidateIds: readonly string[]): TableColumn[] {
  const suffix = kind === 'class' ? `:${positiveClass ?? ''}` : '';
  return [
    { name: 'actual', type: kind === 'class' ? 'category' : 'number' },
    ...candidateIds.map((id) => ({ name: `${id}${suffix}`, type: 'number' as const })),
  ];
}
