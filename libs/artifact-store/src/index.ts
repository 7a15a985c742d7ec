export * from './artifact-key.js';
export * from './artifact-store-error.js';
export * from './artifact-store.js';
export { FilesystemArtifactStore, type FilesystemArtifactStoreOptions } from './filesystem-artifact-store.js';
export { InMemoryArtifactStore } from './in-memory-artifact-store.js';
export { ValidatedArtifactStore } from './validated-artifact-store.js';
