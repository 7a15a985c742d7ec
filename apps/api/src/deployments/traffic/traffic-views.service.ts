import { Injectable } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { decodeCursor, toPage, type Page, type PageQuery } from '../../platform/paging/page.js';
import type { Deployment } from '../deployment.entity.js';
import { MINUTE_MS } from '../stats/call-sums.js';
import { percentile } from '../stats/latency-histogram.js';
import type { DeploymentTarget } from './deployment-target.entity.js';
import { ShadowRepository, type ShadowSum } from './shadow.repository.js';
import { meanOf, shareOf } from './statistics.js';
import { SETTLED_AFTER_MS } from './switches.service.js';
import { TargetsRepository, type RevisionRow } from './targets.repository.js';
import type { DeploymentRevision, DeploymentTraffic, TrafficShare } from './traffic.dto.js';
import {
  shadowSentence,
  splitSentence,
  versionWords,
  type NamedVersion,
  type Side,
} from './traffic-sentences.js';
import { VersionCounts, type VersionCount } from './version-counts.repository.js';

const HOURS = 24;

/** What people read about the versions behind a deployment. */
@Injectable()
export class TrafficViews {
  constructor(
    private readonly targets: TargetsRepository,
    private readonly counts: VersionCounts,
    private readonly shadows: ShadowRepository,
  ) {}

  async sharesOf(scope: Scope, deployment: Deployment): Promise<TrafficShare[]> {
    return shares(deployment, await this.targets.ofDeployment(scope, deployment.id));
  }

  async traffic(scope: Scope, deployment: Deployment): Promise<DeploymentTraffic> {
    const targets = await this.targets.ofDeployment(scope, deployment.id);
    const counts = await this.counts.since(deployment.id, new Date(Date.now() - HOURS * 3_600_000));
    const shadow = targets.find(({ role }) => role === 'shadow');
    const sum = shadow && (await this.shadows.sums(shadow.id));
    const split = targets.find(({ role }) => role === 'split');
    const previous = await this.targets.previousVersion(scope, deployment);
    const revisions = await this.targets.revisions(scope, deployment.id, 200);
    const last = revisions.find(isSwitch);
    const difference =
      split && (await this.differenceOf(deployment, split, sharedSince(revisions, split, deployment)));
    const numbers = new Map(
      [deployment, ...targets].map((one) => [one.modelVersionId, one.modelVersionNumber]),
    );
    if (previous) numbers.set(previous.id, previous.number);
    const { watch } = deployment;
    return {
      versions: shares(deployment, targets),
      hours: HOURS,
      stats: counts.map((count) => statsOf(count, numbers.get(count.modelVersionId) ?? null)),
      difference: difference ?? null,
      shadow: sum ? shadowStats(sum) : null,
      shadowSentence: shadow ? shadowSentence(versionWords(shadow, deployment), sum) : null,
      previous: previous ? { modelVersionId: previous.id, modelVersionNumber: previous.number } : null,
      settlesAt: last ? new Date(last.changed_at.getTime() + SETTLED_AFTER_MS).toISOString() : null,
      watch: watch && {
        until: new Date(Date.parse(watch.since) + watch.rule.minutes * 60_000).toISOString(),
        fromVersionNumber: watch.fromVersionNumber,
        toVersionNumber: watch.toVersionNumber,
        p95BeforeMs: watch.p95BeforeMs,
      },
    };
  }

  /** Over the whole minutes in which both answered the same callers; over the first one until there are any. */
  private async differenceOf(deployment: Deployment, split: DeploymentTarget, start: Date): Promise<string> {
    const nextMinute = new Date(Math.ceil(start.getTime() / MINUTE_MS) * MINUTE_MS);
    const sidesSince = async (since: Date): Promise<readonly [Side, Side]> => {
      const counts = await this.counts.since(deployment.id, since);
      return [sideOf(deployment, counts), sideOf(split, counts, deployment)];
    };
    const whole = await sidesSince(nextMinute);
    const isEmpty = whole.some(({ calls }) => calls === 0);
    return splitSentence(...(isEmpty ? await sidesSince(start) : whole));
  }

  async revisions(scope: Scope, id: string, query: PageQuery): Promise<Page<DeploymentRevision>> {
    const position = decodeCursor(query.cursor, 1)?.[0];
    const before = position === undefined ? undefined : Number(position);
    const rows = await this.targets.revisions(
      scope,
      id,
      query.limit + 1,
      Number.isInteger(before) ? before : undefined,
    );
    return toPage(rows, query.limit, (row) => [row.number], describeRevision);
  }
}

/** Since when these two versions share the calls: a version may have had copies before, and another one have answered. */
function sharedSince(
  revisions: readonly RevisionRow[],
  split: DeploymentTarget,
  primary: Pick<Deployment, 'createdAt'>,
): Date {
  const began = revisions.find(
    ({ kind, to_version_id }) => kind === 'split-started' && to_version_id === split.modelVersionId,
  );
  const times = [
    began?.changed_at ?? split.createdAt,
    revisions.find(isSwitch)?.changed_at ?? primary.createdAt,
  ];
  return new Date(Math.max(...times.map((time) => time.getTime())));
}

function isSwitch({ kind }: RevisionRow): boolean {
  return kind === 'switched' || kind === 'rolled-back' || kind === 'rolled-back-automatically';
}

function shares(deployment: Deployment, targets: readonly DeploymentTarget[]): TrafficShare[] {
  const split = targets.find(({ role }) => role === 'split');
  const primary = {
    ...shareOfUnit(deployment),
    role: 'primary' as const,
    targetId: null,
    sharePercent: 100 - (split?.sharePercent ?? 0),
  };
  const further = targets.flatMap(({ role, id, sharePercent, ...target }) =>
    role === 'retiring' ? [] : [{ ...shareOfUnit(target), role, targetId: id, sharePercent }],
  );
  return [primary, ...further];
}

function shareOfUnit(
  unit: Pick<
    Deployment,
    'modelId' | 'modelName' | 'modelVersionId' | 'modelVersionNumber' | 'observedState' | 'failureReason'
  >,
) {
  return {
    modelId: unit.modelId,
    modelName: unit.modelName,
    modelVersionId: unit.modelVersionId,
    modelVersionNumber: unit.modelVersionNumber,
    state: unit.observedState,
    failureReason: unit.failureReason,
  };
}

function statsOf(count: VersionCount, modelVersionNumber: number | null): DeploymentTraffic['stats'][number] {
  const { modelVersionId, calls, errors, rejected, latencyBuckets } = count;
  return {
    modelVersionId,
    modelVersionNumber,
    calls,
    errors,
    rejected,
    errorShare: shareOf(errors, calls),
    p50Ms: percentile(latencyBuckets, 0.5),
    p95Ms: percentile(latencyBuckets, 0.95),
  };
}

function sideOf(unit: NamedVersion, counts: readonly VersionCount[], primary: NamedVersion = unit): Side {
  const count = counts.find(({ modelVersionId }) => modelVersionId === unit.modelVersionId);
  return {
    version: versionWords(unit, primary),
    calls: count?.calls ?? 0,
    errors: count?.errors ?? 0,
    p95Ms: count ? percentile(count.latencyBuckets, 0.95) : null,
  };
}

function shadowStats(sum: ShadowSum): DeploymentTraffic['shadow'] {
  const mean = meanOf(sum.differences, sum.difference_sum, sum.difference_square_sum);
  return {
    calls: sum.calls,
    failed: sum.failed,
    dropped: sum.dropped,
    rows: sum.row_count,
    agreement: shareOf(sum.agreeing_rows, sum.row_count),
    meanDifference: mean?.value ?? null,
    meanDifferenceMargin: mean?.margin ?? null,
    p50Ms: percentile(sum.latency_buckets, 0.5),
    p95Ms: percentile(sum.latency_buckets, 0.95),
  };
}

function describeRevision(row: RevisionRow): DeploymentRevision {
  return {
    number: row.number,
    kind: row.kind,
    fromVersionNumber: row.from_version_number,
    toVersionNumber: row.to_version_number,
    toVersionId: row.to_version_id,
    sharePercent: row.share_percent,
    reason: row.reason,
    figures: row.figures,
    by: row.changed_by_name,
    at: row.changed_at.toISOString(),
  };
}
