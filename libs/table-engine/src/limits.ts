/** Bytes looked at to find out how a file is written. */
export const SNIFF_BYTES = 1_048_576;
/** Longest line (with all its quoted line breaks) in bytes. Longer ones are refused with their line number. */
export const MAX_LINE_BYTES = 2_000_000;
export const MAX_COLUMNS = 10_000;
export const MAX_NAME_CHARACTERS = 200;
export const PREVIEW_ROWS = 200;
export const PREVIEW_CELL_CHARACTERS = 500;
export const MAX_BAD_ROWS_KEPT = 20;
/** Rows per Parquet row group: the unit that paging skips by. */
export const ROW_GROUP_ROWS = 122_880;
/** Tables up to this size get exact quantiles and distinct counts; larger ones say that they are estimates. */
export const EXACT_ROWS = 200_000;
/** Largest integer that a JSON number carries exactly. */
export const MAX_SAFE_INTEGER = 9_007_199_254_740_991;

/** Share and number of ill-fitting rows that are set aside before the file is refused. */
export const TOLERATED_BAD_SHARE = 0.05;
export const TOLERATED_BAD_ROWS = 3;
