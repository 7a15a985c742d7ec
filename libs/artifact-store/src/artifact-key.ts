import { ArtifactStoreError } from './artifact-store-error.js';

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_KEY_LENGTH = 512;

/** Refuses every key that is not a plain relative path of the product's own making. @throws `invalid-key` */
export function assertArtifactKey(key: string): void {
  const segments = key.split('/');
  if (key.length > MAX_KEY_LENGTH || !segments.every((segment) => SEGMENT.test(segment))) {
    throw new ArtifactStoreError(
      'invalid-key',
      `Artifact key ${shown(key)} must be segments of letters, digits, dots, dashes and underscores, joined by "/".`,
    );
  }
}

/** Refuses every prefix that is neither empty nor a folder (`<key>/`). @throws `invalid-key` */
export function assertArtifactPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) {
    throw new ArtifactStoreError('invalid-key', `Artifact prefix ${shown(prefix)} must end with "/".`);
  }
  assertArtifactKey(prefix.slice(0, -1));
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
