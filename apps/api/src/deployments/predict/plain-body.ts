/** Rows of a call about which there is nothing to say so far. */
export interface PlainBody {
  readonly rows: readonly unknown[];
  /** The rows as the caller wrote them, where the log can hold that as it is. */
  readonly text: string | undefined;
  /** Names that the body has besides those of its rows. */
  readonly namesAround: number;
}

const ROWS = '{"rows":';
/** A number that the database could not hold needs more than this, or an exponent of three digits. */
const MAX_TEXT_AS_WRITTEN = 16_000;
const LARGE_EXPONENT = /\d[eE][+-]?\d{3}/;

/** The rows of a body in which nothing is escaped (so the log can hold it) and no key reaches a prototype. */
export function readPlainBody(text: string): PlainBody | undefined {
  if (text.includes('\\') || text.includes('__proto__') || text.includes('constructor')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const asWritten = canStandAsWritten(text);
  if (!('rows' in parsed))
    return { rows: [parsed], text: asWritten ? `[${text}]` : undefined, namesAround: 0 };
  if (!Array.isArray(parsed.rows) || Object.keys(parsed).length !== 1) return undefined;
  // Written twice, the first rows would be in the text and not in what was parsed.
  const isSure = asWritten && text.startsWith(ROWS) && text.endsWith('}') && text.lastIndexOf('"rows"') === 1;
  return {
    rows: parsed.rows as unknown[],
    text: isSure ? text.slice(ROWS.length, -1) : undefined,
    namesAround: 1,
  };
}

/** One line (the spool has one for each call), and no number that is too much for the database. */
function canStandAsWritten(text: string): boolean {
  return (
    text.length <= MAX_TEXT_AS_WRITTEN &&
    !text.includes('\n') &&
    !text.includes('\r') &&
    !LARGE_EXPONENT.test(text)
  );
}
