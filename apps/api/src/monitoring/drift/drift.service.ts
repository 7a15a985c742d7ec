import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { DeploymentsService } from '../../deployments/deployments.service.js';
import { HOUR_MS } from '../../deployments/stats/call-sums.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { Problem } from '../../platform/problems/problem.js';
import { nearestName } from '../../platform/text/nearest-name.js';
import { DriftReferences } from './drift-references.js';
import { judgeDrift } from './drift-report.js';
import { DEFAULT_SETTINGS, DriftRepository, type DriftState } from './drift.repository.js';
import type {
  DriftCheck,
  DriftCheckResult,
  DriftQuery,
  DriftReport,
  DriftResponse,
  DriftSettings,
  UpdateDriftSettingsRequest,
} from './drift.dto.js';

type Deployment = Awaited<ReturnType<DeploymentsService['require']>>;

const ALL_ROWS = { column: '', value: '' };
const BEGINNING = new Date(0);

/** Whether what a deployment is asked has moved away from what its model was trained on. */
@Injectable()
export class DriftService {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly repository: DriftRepository,
    private readonly references: DriftReferences,
    private readonly events: DomainEvents,
    private readonly dataSource: DataSource,
  ) {}

  /** @throws Problem `deployment-not-found`, `invalid-request` for a segment that is not watched */
  async look(scope: Scope, deploymentId: string, query: DriftQuery): Promise<DriftResponse> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const settings = await this.settingsOf(deploymentId);
    const report = await this.report(deployment, settings, query);
    const rows = await this.repository.segments(
      deploymentId,
      deployment.modelVersionId,
      new Date(report.from),
    );
    const segments = settings.segmentColumns.map((column) => ({
      column,
      values: rows
        .filter((row) => row.column === column)
        .map((row) => ({ value: row.value, rows: row.rows })),
    }));
    return { report, settings, segments, maskedColumns: deployment.maskedColumns };
  }

  /** Makes a check now and keeps it. @throws Problem `deployment-not-found` */
  async check(
    scope: Scope,
    deploymentId: string,
    origin: DriftCheck['origin'],
    windowHours?: number,
    id: string = uuidv7(),
  ): Promise<DriftCheckResult> {
    const deployment = await this.deployments.require(scope, deploymentId);
    const earlier = await this.repository.check(scope, deploymentId, id);
    if (earlier) return earlier;
    const settings = await this.settingsOf(deploymentId);
    const report = await this.report(deployment, settings, windowHours === undefined ? {} : { windowHours });
    const { light, score, sentence, to: at } = report;
    const check = { id, deploymentId, origin, at, light, score, sentence, report };
    await this.dataSource.transaction(async (manager) => {
      await this.repository.saveCheck(scope, check, manager);
      await this.events.publish(
        {
          type: 'drift.updated',
          projectId: scope.projectId,
          entity: { kind: 'deployment', id: deploymentId },
        },
        manager,
      );
    });
    return check;
  }

  async checks(scope: Scope, deploymentId: string): Promise<DriftCheck[]> {
    await this.deployments.require(scope, deploymentId);
    return this.repository.checks(scope, deploymentId);
  }

  async findCheck(scope: Scope, deploymentId: string, checkId: string): Promise<DriftCheckResult> {
    const check = await this.repository.check(scope, deploymentId, checkId);
    if (!check) throw new Problem('not-found', `This deployment has no drift check ${checkId}.`);
    return check;
  }

  states(scope: Scope): Promise<DriftState[]> {
    return this.repository.statesOf(scope);
  }

  /** @throws Problem `invalid-request` for a segment column that is none */
  async update(
    scope: Scope,
    deploymentId: string,
    change: UpdateDriftSettingsRequest,
  ): Promise<DriftSettings> {
    const deployment = await this.deployments.require(scope, deploymentId);
    refuseUnfitSegments(change.segmentColumns ?? [], deployment);
    const present = await this.settingsOf(deploymentId);
    const settings: DriftSettings = {
      schedule: change.schedule ?? present.schedule,
      windowHours: change.windowHours ?? present.windowHours,
      minimumRows: change.minimumRows ?? present.minimumRows,
      segmentColumns: [...new Set(change.segmentColumns ?? present.segmentColumns)],
    };
    await this.repository.saveSettings(scope, deploymentId, settings);
    return settings;
  }

  private async settingsOf(deploymentId: string): Promise<DriftSettings> {
    return (await this.repository.settings([deploymentId])).get(deploymentId) ?? DEFAULT_SETTINGS;
  }

  private async report(
    deployment: Deployment,
    settings: DriftSettings,
    query: DriftQuery,
  ): Promise<DriftReport> {
    const { id, projectId, modelVersionId, contract, maskedColumns } = deployment;
    const segment = segmentOf(query, settings);
    const windowHours = query.windowHours ?? settings.windowHours;
    const now = new Date();
    // Counts are kept by the hour: the window begins with a full one.
    const from = new Date(Math.floor((now.getTime() - (windowHours - 1) * HOUR_MS) / HOUR_MS) * HOUR_MS);
    const { layout, slots } = await this.references.counterOf(projectId, modelVersionId);
    const place = segment ?? ALL_ROWS;
    const window = await this.repository.counts(id, modelVersionId, place, { from }, slots);
    const before = segment
      ? await this.repository.counts(id, modelVersionId, segment, { from: BEGINNING, to: from }, slots)
      : undefined;
    const { minimumRows } = settings;
    const judgement = judgeDrift({
      contract,
      layout,
      window: window.counts,
      rows: window.rows,
      minimumRows,
      maskedColumns,
      ...(before ? { earlier: before.counts } : {}),
    });
    return {
      deploymentId: id,
      modelVersionId,
      modelVersionNumber: deployment.modelVersionNumber,
      from: from.toISOString(),
      to: now.toISOString(),
      windowHours,
      rows: window.rows,
      minimumRows,
      segment,
      reference: segment ? 'earlier-traffic' : 'training',
      ...judgement,
    };
  }
}

function segmentOf({ segmentColumn, segmentValue }: DriftQuery, settings: DriftSettings) {
  if (segmentColumn === undefined || segmentValue === undefined) return null;
  if (!settings.segmentColumns.includes(segmentColumn))
    throw new Problem(
      'invalid-request',
      `"${segmentColumn}" is not watched by segment. Add it to the segment columns of this deployment first.`,
      { errors: [{ pointer: '#/segmentColumn', detail: 'is no segment column', got: segmentColumn }] },
    );
  return { column: segmentColumn, value: segmentValue };
}

/** Segments are the values of a column with few of them; a masked one would write its values down. */
function refuseUnfitSegments(columns: readonly string[], { contract, maskedColumns }: Deployment): void {
  const fit = contract.inputs
    .filter(({ type, categories }) => (type === 'category' || type === 'boolean') && categories)
    .map(({ name }) => name)
    .filter((name) => !maskedColumns.includes(name));
  const errors = columns.flatMap((column, index) => {
    if (fit.includes(column)) return [];
    const suggestion = nearestName(column, fit);
    const detail = 'is not a categorical input of this model that is counted';
    const pointer = `#/segmentColumns/${index}`;
    return [{ pointer, detail, got: column, ...(suggestion ? { suggestion } : {}) }];
  });
  if (errors.length > 0)
    throw new Problem(
      'invalid-request',
      'Segments are the values of categorical inputs that are not masked.',
      { errors },
    );
}
