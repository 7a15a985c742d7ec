import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { csvHead, csvRow } from './csv-export.js';
import type { ExperimentExportQuery } from './experiment-run.dto.js';
import { ExperimentsService } from './experiments.service.js';

const PAGE = 200;
const MAX_RUNS = 50_000;

/** Runs as a file: what is on screen, all pages of it. */
@Injectable()
export class ExperimentExports {
  constructor(private readonly experiments: ExperimentsService) {}

  /** What can be wrong with the search is said before the first byte. @throws Problem `invalid-search` */
  async csv(scope: Scope, query: ExperimentExportQuery): Promise<StreamableFile> {
    const read = (cursor: string | undefined) =>
      this.experiments.list(scope, { ...query, limit: PAGE, cursor, count: false });
    const first = await read(undefined);
    const columns = query.column ?? [];
    async function* lines(): AsyncGenerator<string> {
      yield csvHead(columns);
      let page = first;
      for (let written = 0; ;) {
        for (const run of page.items) yield csvRow(run, columns);
        written += page.items.length;
        if (page.nextCursor === null || written >= MAX_RUNS) return;
        page = await read(page.nextCursor);
      }
    }
    return new StreamableFile(Readable.from(lines(), { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: 'attachment; filename="runs.csv"',
    });
  }
}
