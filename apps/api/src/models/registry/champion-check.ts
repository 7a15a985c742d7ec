import { metricNamed } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import type { CheckFinding } from '../../platform/facts/model-check-registry.js';
import { estimateOf } from '../model-checks.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { commonRows } from './common-rows.js';
import { weightedMetric } from './holdout-metrics.js';
import { HoldoutReader, HoldoutUnusableError, type HoldoutTable } from './holdout-reader.js';
import { pairedBootstrap, type PairedDifference } from './paired-test.js';

/** Fewer rows in common say nothing. */
const MIN_ROWS = 30;
const KEPT = 200;

/** Whether a version is worse than the one that an alias names now, on rows that neither has seen. */
@Injectable()
export class ChampionCheck {
  /** Versions never change, so neither does the difference between two of them. */
  private readonly known = new Map<string, CheckFinding>();

  constructor(private readonly holdouts: HoldoutReader) {}

  async compare(
    version: ModelVersionEntity,
    present: ModelVersionEntity | undefined,
    alias: string,
  ): Promise<CheckFinding> {
    const check = { code: 'champion', label: `Not worse than the present ${alias}` };
    const inapplicable = (detail: string): CheckFinding => ({ ...check, state: 'not-applicable', detail });
    if (!present) return inapplicable(`No version is ${alias} yet.`);
    if (present.id === version.id) return inapplicable(`Version ${version.number} is ${alias} already.`);
    const reason = incomparable(version, present);
    if (reason !== undefined) return inapplicable(reason);
    const key = `${alias}:${version.id}:${present.id}`;
    const found = this.known.get(key) ?? (await this.judge(check, version, present));
    if (this.known.size >= KEPT) this.known.delete(this.known.keys().next().value ?? '');
    this.known.set(key, found);
    return found;
  }

  private async judge(
    check: { readonly code: string; readonly label: string },
    version: ModelVersionEntity,
    present: ModelVersionEntity,
  ): Promise<CheckFinding> {
    let tables: [HoldoutTable, HoldoutTable];
    try {
      tables = await Promise.all([this.holdouts.read(version), this.holdouts.read(present)]);
    } catch (error) {
      if (!(error instanceof HoldoutUnusableError)) throw error;
      return { ...check, state: 'failed', detail: `They could not be compared: ${error.message}` };
    }
    const { output } = version.contract;
    const common = commonRows(...tables, output.positiveClass ?? null);
    if (common.rows < MIN_ROWS)
      return {
        ...check,
        state: 'not-applicable',
        detail: `Only ${common.rows} rows were held out from both; ${MIN_ROWS} are needed for a test.`,
      };
    const { name, greaterIsBetter } = version.evaluation.metric;
    const [own, other] = [weightedMetric(name, common.first), weightedMetric(name, common.second)];
    if (!own || !other)
      return {
        ...check,
        state: 'not-applicable',
        detail: `${metricNamed(name).label} cannot be computed from stored predictions.`,
      };
    const difference = await pairedBootstrap(own, other, common.rows);
    return { ...check, ...verdictOf(difference, greaterIsBetter, present.number, metricNamed(name).label) };
  }
}

/** Why a test on common rows would mean nothing; undefined when it means something. */
export function incomparable(
  version: Pick<ModelVersionEntity, 'dataSha256' | 'evaluation' | 'contract'>,
  present: Pick<ModelVersionEntity, 'dataSha256' | 'evaluation' | 'contract' | 'number'>,
): string | undefined {
  if (version.dataSha256 !== present.dataSha256)
    return `Version ${present.number} learned from other data, so its held-out rows are others.`;
  if (version.contract.target?.name !== present.contract.target?.name)
    return `Version ${present.number} predicts another column.`;
  if (version.evaluation.metric.name !== present.evaluation.metric.name) {
    const [own, other] = [version, present].map(
      ({ evaluation }) => metricNamed(evaluation.metric.name).label,
    );
    return `Version ${present.number} was optimised for ${other}, this one for ${own}.`;
  }
  if (!estimateOf(version.evaluation) || !estimateOf(present.evaluation))
    return 'One of the two was not judged on held-out rows.';
  return undefined;
}

/** Failed only when the whole interval says that the present one is better. */
export function verdictOf(
  found: PairedDifference,
  greaterIsBetter: boolean,
  presentNumber: number,
  metric: string,
): Pick<CheckFinding, 'state' | 'detail' | 'numbers'> {
  const { difference, low, high, rows } = found;
  const isWorse = greaterIsBetter ? high < 0 : low > 0;
  const isBetter = greaterIsBetter ? low > 0 : high < 0;
  const word = isWorse ? 'Worse than' : isBetter ? 'Better than' : 'Not to be told apart from';
  const figures = `${metric} ${signed(difference)} (95 % interval ${signed(low)} to ${signed(high)})`;
  return {
    state: isWorse ? 'failed' : 'ok',
    detail: `${word} version ${presentNumber}: ${figures} on ${rows.toLocaleString('en')} held-out rows both never saw.`,
    numbers: { difference, low, high, rows },
  };
}

function signed(value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  const shown = Number(value.toPrecision(3));
  return shown > 0 ? `+${shown}` : String(shown).replace('-', '−');
}
