export * from './artifact-store.js';
export * from './artifact-store-error.js';
