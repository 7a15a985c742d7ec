import type { ShadowSum } from './shadow.repository.js';
import { differenceOfShares, meanOf, shareOf } from './statistics.js';

export interface NamedVersion {
  readonly modelId: string;
  readonly modelName: string;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
}

/** Versions of one model are told apart by their numbers, those of several are not. */
export function versionWords(
  unit: Omit<NamedVersion, 'modelVersionId'>,
  primary: Pick<NamedVersion, 'modelId'>,
): string {
  const version = `version ${unit.modelVersionNumber}`;
  return unit.modelId === primary.modelId ? version : `${version} of "${unit.modelName}"`;
}

export interface Side {
  /** As in `version 2`, or `version 1 of "other"` where another model stands behind the endpoint. */
  readonly version: string;
  readonly calls: number;
  readonly errors: number;
  readonly p95Ms: number | null;
}

/** How a version with a share of the calls does beside the primary, with how sure that is. */
export function splitSentence(primary: Side, split: Side): string {
  if (primary.calls === 0 || split.calls === 0)
    return `Not enough calls yet: ${primary.version} has had ${primary.calls}, ${split.version} ${split.calls}.`;
  const difference = differenceOfShares(
    { hits: primary.errors, cases: primary.calls },
    { hits: split.errors, cases: split.calls },
  );
  return `${errorWords(primary, split, difference)} ${latencyWords(primary, split)}`.trim();
}

function errorWords(primary: Side, split: Side, difference: ReturnType<typeof differenceOfShares>): string {
  if (!difference) return '';
  const range = `${points(difference.low)} to ${points(difference.high)} percentage points, 95 % sure`;
  const counts = `${split.errors} of ${split.calls} against ${primary.errors} of ${primary.calls}`;
  if (difference.low > 0) return `${capital(split.version)} fails more often: ${counts} (${range}).`;
  if (difference.high < 0) return `${capital(split.version)} fails less often: ${counts} (${range}).`;
  return `No difference in failed calls can be told from chance: ${counts} (${range}).`;
}

function latencyWords(primary: Side, split: Side): string {
  if (primary.p95Ms === null || split.p95Ms === null) return '';
  return `Its p95 is ${short(split.p95Ms)} ms, that of ${primary.version} is ${short(primary.p95Ms)} ms.`;
}

/** How a challenger does, with how sure that is. @param version as in `Side` */
export function shadowSentence(version: string, sum: ShadowSum | undefined): string {
  const agreement = sum && shareOf(sum.agreeing_rows, sum.row_count);
  if (!sum || !agreement) return `${capital(version)} has answered no copy yet.`;
  const mean = meanOf(sum.differences, sum.difference_sum, sum.difference_square_sum);
  const agrees = `${capital(version)} agrees on ${percent(agreement.value)} of ${sum.row_count} rows (${percent(agreement.low)} to ${percent(agreement.high)}, 95 % sure).`;
  const differs =
    mean === null
      ? ''
      : ` Its values differ by ${short(mean.value)} on average${mean.margin === null ? '' : ` (± ${short(mean.margin)})`}.`;
  const failed = sum.failed === 0 ? '' : ` It could not answer ${sum.failed} of ${sum.calls} copies.`;
  return `${agrees}${differs}${failed}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const short = (value: number): string => String(Number(value.toPrecision(3)));
const points = (value: number): string => String(Number((value * 100).toFixed(1)));
const percent = (value: number): string => `${Number((value * 100).toFixed(1))} %`;
