export * from './evaluation.js';
export * from './metrics.js';
export * from './model-contract.js';
export * from './phases.js';
export * from './run-events.js';
export * from './run-spec.js';
export * from './socket-events.js';
export * from './statuses.js';
