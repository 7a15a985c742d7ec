import { metricNamed } from '@modelwright/contracts';
import type { ModelReproduction } from './reproduction.dto.js';
import type { ModelReproductionEntity } from './reproduction.entity.js';

export function toReproduction(row: ModelReproductionEntity): ModelReproduction {
  const { findings } = row;
  return {
    id: row.id,
    modelVersionId: row.modelVersionId,
    runId: row.runId,
    status: row.status,
    verdict: row.verdict,
    sentence: sentenceOf(row),
    metric: findings?.metric ?? null,
    originalScore: findings?.originalScore ?? null,
    reproducedScore: findings?.reproducedScore ?? null,
    tolerance: findings?.tolerance ?? null,
    rowsCompared: findings?.rowsCompared ?? null,
    maxPredictionDifference: findings?.maxPredictionDifference ?? null,
    changedPredictions: findings?.changedPredictions ?? null,
    differences: (findings?.differences ?? []).map((difference) => ({ ...difference })),
    startedBy: row.startedByName,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}

function sentenceOf({ verdict, findings }: ModelReproductionEntity): string {
  if (verdict === null) return 'It is being trained again.';
  if (verdict === 'cancelled') return 'The run was cancelled, so there is no verdict.';
  if (!findings) return 'There are no figures.';
  const rows = findings.rowsCompared.toLocaleString('en');
  const scores =
    findings.originalScore === null || findings.reproducedScore === null
      ? ''
      : ` ${metricNamed(findings.metric).label} ${shown(findings.originalScore)} then, ${shown(findings.reproducedScore)} now`;
  if (verdict === 'identical') return `All ${rows} held-out predictions are the same, bit for bit.${scores}.`;
  if (verdict === 'within_tolerance')
    return `Predictions differ slightly.${scores}; up to ${shown(findings.tolerance ?? 0)} apart counts as the same.`;
  const [first] = findings.differences;
  return `It came out different.${scores === '' ? '' : `${scores}.`}${first ? ` ${first.detail}` : ''}`;
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
