export { DuckDbTableEngine, type DuckDbTableEngineOptions } from './duckdb-table-engine.js';
export { TableEngine, type Patience } from './table-engine.js';
export { TableError, type TableErrorCode } from './table-error.js';
export { SNIFF_BYTES } from './limits.js';
export type * from './types.js';
export { targetProblem, taskOf } from './analyse/target.js';
