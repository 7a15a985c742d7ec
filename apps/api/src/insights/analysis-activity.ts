import type { AnalysisStatus } from '@modelwright/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FactsRegistry } from '../platform/facts/facts-registry.js';
import type { ActivityItem, ActivitySource } from '../platform/facts/project-facts.js';
import type { WorkKind } from './translation.js';

interface Row {
  readonly id: string;
  readonly project_id: string;
  readonly kind: WorkKind;
  readonly status: AnalysisStatus;
  readonly progress: number;
  readonly step: string | null;
  readonly reason: string | null;
  readonly queued_at: Date;
  readonly finished_at: Date | null;
  readonly model_id: string;
  readonly model_name: string;
  readonly number: number;
}

const NAMES: Readonly<Record<WorkKind, string>> = {
  shap_global: 'Contributions of all rows',
  shap_row: 'Contributions of one row',
  permutation_importance: 'Importance of columns',
  partial_dependence: 'Dependence on a column',
  interactions: 'Interactions of columns',
  segments: 'Where it fails',
  fairness: 'Fairness between groups',
  learning_curve: 'Learning curve',
  residuals: 'Residuals',
  what_if: 'What if',
  translation: 'Translation into a compiled model',
};

/** What the activity drawer says about analyses. Those that nobody asked for are not news once they have ended. */
@Injectable()
export class AnalysisActivity implements ActivitySource, OnModuleInit {
  constructor(
    private readonly registry: FactsRegistry,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    this.registry.registerActivity(this);
  }

  async activity(projectIds: readonly string[], limit: number): Promise<ActivityItem[]> {
    const some = (condition: string): Promise<Row[]> =>
      this.dataSource.query(
        `SELECT a.id, a.project_id, a.kind, a.status, a.progress, a.step, a.reason, a.queued_at, a.finished_at,
                m.id AS model_id, m.name AS model_name, v.number
           FROM model_analysis a JOIN model_version v ON v.id = a.model_version_id JOIN model m ON m.id = v.model_id
          WHERE a.project_id = ANY($1::uuid[]) AND ${condition} LIMIT $2`,
        [projectIds, limit],
      );
    const [active, ended] = await Promise.all([
      some(`a.status IN ('queued', 'running') ORDER BY a.queued_at DESC`),
      some('a.finished_at IS NOT NULL AND NOT a.automatic ORDER BY a.finished_at DESC'),
    ]);
    return [...active, ...ended].map(toItem);
  }
}

function toItem(row: Row): ActivityItem {
  return {
    id: row.id,
    kind: 'analysis',
    projectId: row.project_id,
    entity: { kind: 'model', id: row.model_id },
    version: row.number,
    title: `${NAMES[row.kind]}: ${row.model_name} v${row.number}`,
    status: row.status,
    detail: row.reason ?? (row.status === 'running' ? row.step : null),
    progress: row.status === 'running' ? Math.min(1, Math.max(0, row.progress)) : null,
    startedAt: row.queued_at,
    finishedAt: row.finished_at,
  };
}
