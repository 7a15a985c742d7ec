import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { decodeCursor, toPage, type Page, type PageQuery } from '../../platform/paging/page.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { DeploymentsService } from '../deployments.service.js';
import type { Deployment } from '../deployment.entity.js';
import { PredictionLogRepository, type LoggedCallRow } from '../predict/prediction-log.repository.js';
import type { PredictionRequestSummary } from '../prediction.dto.js';
import type { PredictionLogAccess } from './log-access.dto.js';
import { LogReaders, type Reading } from './log-readers.js';
import { exportHead, exportJson, exportLines, loggedColumns, type CallerName } from './request-export.js';
import { ServedContracts } from './served-contracts.js';
import type {
  PredictionRequestExportQuery,
  PredictionRequestQuery,
  RequestFilter,
} from './request-filter.dto.js';

type Names = ReadonlyMap<string, string>;

interface Position {
  readonly at: string;
  readonly id: string;
}

const EXPORT_PAGE = 500;
const MIB = 1024 * 1024;

/** The request log as people read it: filtered, in full, as a file. Every reading is on record. */
@Injectable()
export class PredictionRequests {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly calls: PredictionLogRepository,
    private readonly readers: LogReaders,
    private readonly people: People,
    private readonly contracts: ServedContracts,
  ) {}

  async list(
    scope: ProjectScope,
    deploymentId: string,
    query: PredictionRequestQuery,
    clientAddress: string,
  ): Promise<Page<PredictionRequestSummary>> {
    await this.deployments.require(scope, deploymentId);
    const before = positionOf(query.cursor);
    await this.note(scope, { deploymentId, action: 'list', subject: wordsOf(query), clientAddress });
    const options = { limit: query.limit + 1, filter: query, ...(before ? { before } : {}) };
    const rows = await this.calls.page(scope, deploymentId, options);
    const names = await this.callerNames(rows);
    return toPage(
      rows,
      query.limit,
      (row) => [row.at.toISOString(), row.id],
      (row) => describeCall(row, names),
    );
  }

  async open(scope: ProjectScope, deploymentId: string, requestId: string, clientAddress: string) {
    await this.deployments.require(scope, deploymentId);
    const row = await this.calls.find(scope, deploymentId, requestId);
    if (!row) throw new Problem('not-found', `The log of this deployment has no request ${requestId}.`);
    await this.note(scope, { deploymentId, action: 'open', subject: requestId, clientAddress });
    return {
      ...describeCall(row, await this.callerNames([row])),
      inputs: row.inputs,
      outputs: row.outputs,
      truncated: row.truncated,
      clientAddress: row.client_address,
    };
  }

  /** What is on screen, all pages of it, as it is read from the database. */
  async export(
    scope: ProjectScope,
    deploymentId: string,
    { format, ...filter }: PredictionRequestExportQuery,
    clientAddress: string,
  ): Promise<StreamableFile> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const subject = [format, wordsOf(filter)].filter(Boolean).join(' ');
    await this.note(scope, { deploymentId, action: 'export', subject, clientAddress });
    // What can be wrong with the filter is said before the first byte.
    const first = await this.exportPage(scope, deploymentId, filter, undefined);
    const lines = this.lines(scope, deployment, { format, filter, first });
    return new StreamableFile(Readable.from(lines, { objectMode: false, highWaterMark: MIB }), {
      type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
      disposition: `attachment; filename="requests-${deployment.endpointSlug}.${format}"`,
    });
  }

  async accesses(scope: Scope, deploymentId: string, query: PageQuery): Promise<Page<PredictionLogAccess>> {
    await this.deployments.require(scope, deploymentId);
    return this.readers.list(scope, deploymentId, query);
  }

  private note(scope: ProjectScope, reading: Reading): Promise<void> {
    return this.readers.note(scope, reading);
  }

  private async *lines(
    scope: Scope,
    deployment: Deployment,
    { format, filter, first }: { format: 'csv' | 'ndjson'; filter: RequestFilter; first: LoggedCallRow[] },
  ): AsyncGenerator<string> {
    const columns = loggedColumns(format === 'csv' ? await this.contracts.of(scope, deployment) : []);
    if (format === 'csv') yield exportHead(columns);
    for (let rows = first; rows.length > 0;) {
      const names = await this.callerNames(rows);
      const callerOf: CallerName = (row) => callerName(row, names);
      for (const row of rows)
        yield format === 'csv' ? exportLines(row, columns, callerOf) : exportJson(row, callerOf);
      const last = rows.at(-1);
      if (!last || rows.length < EXPORT_PAGE) return;
      rows = await this.exportPage(scope, deployment.id, filter, { at: last.at.toISOString(), id: last.id });
    }
  }

  private exportPage(
    scope: Scope,
    deploymentId: string,
    filter: RequestFilter,
    before: Position | undefined,
  ): Promise<LoggedCallRow[]> {
    return this.calls.page(scope, deploymentId, {
      limit: EXPORT_PAGE,
      filter,
      ...(before ? { before } : {}),
    });
  }

  private callerNames(rows: readonly LoggedCallRow[]): Promise<Names> {
    return this.people.displayNames(rows.map((row) => (row.caller_kind === 'user' ? row.caller_id : null)));
  }
}

/** A filter in words, as it stands in the record of who read what; the same filter gives the same words. */
function wordsOf(filter: RequestFilter): string {
  const { outcome, status, caller, version, from, to, text } = filter;
  const parts = { outcome: outcome === 'all' ? undefined : outcome, status, caller, version, from, to, text };
  return Object.entries(parts)
    .flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name}=${value}`]))
    .join(' ');
}

function positionOf(cursor: string | undefined): Position | undefined {
  const position = decodeCursor(cursor, 2);
  if (!position) return undefined;
  const at = String(position[0]);
  if (Number.isNaN(Date.parse(at)))
    throw new Problem(
      'invalid-request',
      'The cursor is not one that this list gave out. Start again without a cursor.',
    );
  return { at, id: String(position[1]) };
}

function callerName(row: LoggedCallRow, names: Names): string | null {
  return row.caller_kind === 'user' && row.caller_id !== null
    ? (names.get(row.caller_id) ?? null)
    : row.caller_name;
}

function describeCall(row: LoggedCallRow, names: Names): PredictionRequestSummary {
  return {
    requestId: row.id,
    at: row.at.toISOString(),
    status: row.status,
    rowCount: row.row_count,
    latencyMs: row.latency_ms,
    modelVersionNumber: row.model_version_number,
    caller: { kind: row.caller_kind, id: row.caller_id, name: callerName(row, names) },
    firstInput: isRecord(row.inputs[0]) ? row.inputs[0] : null,
    firstPrediction: row.outputs[0] ?? null,
    error: row.error,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
