import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import type { FindingDecision, RunFinding } from './finding.dto.js';
import { toFinding, type FindingRow, type NewFinding } from './finding-rows.js';

/** The trainer runs foreign code; more than this is not for people to read. */
const MAX_FINDINGS = 500;

/** Every query on findings of runs and on what people decided on them. */
@Injectable()
export class FindingRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** A finding that is told again replaces what it said, also when the run may have no more; decisions on it stay. */
  async upsert(
    scope: Scope,
    runId: string,
    findings: readonly NewFinding[],
    manager: EntityManager,
  ): Promise<void> {
    // One statement may touch a row only once.
    const newest = [...new Map(findings.map((finding) => [finding.key, finding])).values()];
    if (newest.length === 0) return;
    const rows = newest.map((finding) => ({ ...finding, id: uuid() }));
    await manager.query(
      `INSERT INTO run_finding (id, run_id, project_id, key, phase, kind, severity, column_name, sentence, evidence, found_at)
       SELECT id, $1, $2, key, phase, kind, severity, "column", sentence, evidence, "foundAt"
         FROM (SELECT found.*, known.id IS NOT NULL AS is_known,
                      row_number() OVER (PARTITION BY known.id IS NULL) AS place
                 FROM jsonb_to_recordset($3::jsonb) AS found(id uuid, key text, phase text, kind text, severity text,
                                                             "column" text, sentence text, evidence jsonb,
                                                             "foundAt" timestamptz)
                 LEFT JOIN run_finding known ON known.run_id = $1 AND known.key = found.key) told
        WHERE is_known OR place <= $4 - (SELECT count(*) FROM run_finding WHERE run_id = $1)
       ON CONFLICT (run_id, key) DO UPDATE
         SET phase = excluded.phase, kind = excluded.kind, severity = excluded.severity,
             column_name = excluded.column_name, sentence = excluded.sentence, evidence = excluded.evidence,
             found_at = excluded.found_at`,
      [runId, scope.projectId, JSON.stringify(rows), MAX_FINDINGS],
    );
  }

  async of(scope: Scope, runId: string): Promise<RunFinding[]> {
    const rows: (Omit<FindingRow, 'foundAt'> & { foundAt: Date; history: FindingDecision[] })[] =
      await this.dataSource.query(
        `SELECT id, key, phase, kind, severity, column_name AS "column", sentence, evidence, found_at AS "foundAt",
                coalesce((SELECT jsonb_agg(jsonb_build_object('decision', decision, 'reason', reason,
                                                              'by', decided_by_name, 'at', decided_at)
                                           ORDER BY decided_at, id)
                            FROM run_finding_decision made WHERE made.finding_id = run_finding.id), '[]') AS history
           FROM run_finding WHERE run_id = $1 AND project_id = $2`,
        [runId, scope.projectId],
      );
    return rows.map(({ history, foundAt, ...row }) =>
      toFinding(
        { ...row, foundAt: foundAt.toISOString() },
        history.map((made) => ({ ...made, at: new Date(made.at).toISOString() })),
      ),
    );
  }

  /** Blocking findings whose last decision is no waiver, by run. */
  async openBlocking(scope: Scope, runIds: readonly string[]): Promise<Map<string, number>> {
    if (runIds.length === 0) return new Map();
    const rows: { run_id: string; open: number }[] = await this.dataSource.query(
      `SELECT run_id, count(*)::integer AS open FROM run_finding
        WHERE run_id = ANY ($1::uuid[]) AND project_id = $2 AND severity = 'blocking'
          AND coalesce((SELECT decision FROM run_finding_decision made WHERE made.finding_id = run_finding.id
                         ORDER BY decided_at DESC, id DESC LIMIT 1), '') <> 'waived'
        GROUP BY run_id`,
      [runIds, scope.projectId],
    );
    return new Map(rows.map(({ run_id, open }) => [run_id, open]));
  }

  /** Locks the finding, so that two people decide one after the other. @returns whether there is such a finding */
  async lock(scope: Scope, runId: string, findingId: string, manager: EntityManager): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      'SELECT 1 FROM run_finding WHERE id = $1 AND run_id = $2 AND project_id = $3 FOR UPDATE',
      [findingId, runId, scope.projectId],
    );
    return rows.length > 0;
  }

  async isWaived(findingId: string, manager: EntityManager): Promise<boolean> {
    const rows: { decision: string }[] = await manager.query(
      'SELECT decision FROM run_finding_decision WHERE finding_id = $1 ORDER BY decided_at DESC, id DESC LIMIT 1',
      [findingId],
    );
    return rows[0]?.decision === 'waived';
  }

  async decide(
    scope: ProjectScope,
    findingId: string,
    made: Pick<FindingDecision, 'decision' | 'reason' | 'by'>,
    manager: EntityManager,
  ): Promise<void> {
    await manager.query(
      `INSERT INTO run_finding_decision (id, finding_id, project_id, decision, reason, decided_by, decided_by_name)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [uuid(), findingId, scope.projectId, made.decision, made.reason, scope.userId, made.by],
    );
  }
}
