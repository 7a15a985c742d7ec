import type { ShadowSum } from './shadow.repository.js';
import { differenceOfShares, meanOf, shareOf } from './statistics.js';

export interface Side {
  readonly version: number;
  readonly calls: number;
  readonly errors: number;
  readonly p95Ms: number | null;
}

/** How a version with a share of the calls does beside the primary, with how sure that is. */
export function splitSentence(primary: Side, split: Side): string {
  if (primary.calls === 0 || split.calls === 0)
    return `Not enough calls yet: version ${primary.version} has had ${primary.calls}, version ${split.version} ${split.calls}.`;
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
  if (difference.low > 0) return `Version ${split.version} fails more often: ${counts} (${range}).`;
  if (difference.high < 0) return `Version ${split.version} fails less often: ${counts} (${range}).`;
  return `No difference in failed calls can be told from chance: ${counts} (${range}).`;
}

function latencyWords(primary: Side, split: Side): string {
  if (primary.p95Ms === null || split.p95Ms === null) return '';
  return `Its p95 is ${short(split.p95Ms)} ms, that of version ${primary.version} is ${short(primary.p95Ms)} ms.`;
}

/** How a challenger does, with how sure that is. */
export function shadowSentence(version: number, sum: ShadowSum | undefined): string {
  const agreement = sum && shareOf(sum.agreeing_rows, sum.row_count);
  if (!sum || !agreement) return `Version ${version} has answered no copy yet.`;
  const mean = meanOf(sum.differences, sum.difference_sum, sum.difference_square_sum);
  const agrees = `Version ${version} agrees on ${percent(agreement.value)} of ${sum.row_count} rows (${percent(agreement.low)} to ${percent(agreement.high)}, 95 % sure).`;
  const differs =
    mean === null
      ? ''
      : ` Its values differ by ${short(mean.value)} on average${mean.margin === null ? '' : ` (± ${short(mean.margin)})`}.`;
  const failed = sum.failed === 0 ? '' : ` It could not answer ${sum.failed} of ${sum.calls} copies.`;
  return `${agrees}${differs}${failed}`;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const points = (value: number): string => String(Number((value * 100).toFixed(1)));
const percent = (value: number): string => `${Number((value * 100).toFixed(1))} %`;
