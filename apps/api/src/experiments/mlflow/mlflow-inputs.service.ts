import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { Problem } from '../../platform/problems/problem.js';

const MAX_INPUTS = 200;
const MAX_INPUT_BYTES = 200_000;

/** What clients say about the data of a run: kept as it came, shown and given back. */
@Injectable()
export class MlflowInputs {
  constructor(private readonly dataSource: DataSource) {}

  async add(scope: Scope, runId: string, inputs: readonly Record<string, unknown>[]): Promise<void> {
    const texts = inputs.map((input) => JSON.stringify(input).replaceAll('\\u0000', ''));
    if (texts.some((text) => Buffer.byteLength(text) > MAX_INPUT_BYTES))
      throw new Problem(
        'invalid-request',
        `The description of a dataset has at most ${MAX_INPUT_BYTES} bytes.`,
      );
    await this.dataSource.query(
      `INSERT INTO experiment_dataset_input (run_id, position, input)
       SELECT r.id, coalesce((SELECT max(position) FROM experiment_dataset_input WHERE run_id = r.id), 0) + given.n, given.input::jsonb
         FROM experiment_run r, unnest($3::text[]) WITH ORDINALITY AS given (input, n)
        WHERE r.id = $1 AND r.project_id = $2
          AND coalesce((SELECT max(position) FROM experiment_dataset_input WHERE run_id = r.id), 0) + given.n <= ${MAX_INPUTS}
       ON CONFLICT DO NOTHING`,
      [runId, scope.projectId, texts],
    );
  }
}
