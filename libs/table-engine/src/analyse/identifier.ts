import type { ColumnStatistics } from '../types.js';

const NAME =
  /(^|[\s_-])(id|ids|key|uuid|guid|index|idx|pk|serial|no|nr|num|number|code|hash|token)$|^(id|uuid|guid|index|unnamed|row[\s_-]?(id|nr|no|num|number|name|names)?)([\s_-]|$)/iu;
const CAMEL = /[a-z](ID|Id|Key|UUID|Guid|Index|No|Nr|Number|Code)$/u;

export function namedLikeIdentifier(name: string): boolean {
  return NAME.test(name) || CAMEL.test(name);
}

export interface IdentifierFinding {
  readonly kind: 'identifier' | 'near-identifier';
  readonly why: string;
}

/** Whether a column tells rows apart rather than describing them. Measurements (numbers with decimals) never count. */
export function identifierFinding(column: ColumnStatistics): IdentifierFinding | undefined {
  const present = column.rows - column.missing;
  if (column.rows < 20 || present < column.rows * 0.5) return undefined;
  const share = column.distinct / present;
  if (column.type === 'integer') return integerFinding(column, present, share);
  if (column.type !== 'text' && column.type !== 'category') return undefined;
  if (isFreeText(column)) return undefined;
  if (column.distinct === present && !column.distinctIsApproximate)
    return { kind: 'identifier', why: 'every row has its own value' };
  if (share >= 0.6)
    return {
      kind: 'near-identifier',
      why: `${column.distinct.toLocaleString('en-US')} different values in ${present.toLocaleString('en-US')} rows`,
    };
  return undefined;
}

function integerFinding(
  column: ColumnStatistics,
  present: number,
  share: number,
): IdentifierFinding | undefined {
  const named = namedLikeIdentifier(column.name);
  const unique = column.distinct === present && !column.distinctIsApproximate;
  const span =
    typeof column.min === 'number' && typeof column.max === 'number' ? column.max - column.min + 1 : 0;
  if (unique && span === present) return { kind: 'identifier', why: 'it counts the rows without a gap' };
  if (unique && named) return { kind: 'identifier', why: 'every row has its own number' };
  if (unique && column.increasing && present >= 100 && span < present * 3)
    return { kind: 'identifier', why: 'every row has its own number, growing from row to row' };
  if (named && share >= 0.6) return { kind: 'near-identifier', why: 'nearly every row has its own number' };
  return undefined;
}

/** Sentences differ from row to row without being identifiers. */
function isFreeText(column: ColumnStatistics): boolean {
  if (!column.textLength || column.textLength.mean < 40) return false;
  const examples = column.examples.filter((value) => typeof value === 'string');
  const words =
    examples.reduce((sum, value) => sum + value.split(/\s+/u).length, 0) / Math.max(1, examples.length);
  return words >= 5;
}
