import { join } from 'node:path';
import {
  FilesystemArtifactStore,
  ValidatedArtifactStore,
  type ArtifactStore,
} from '@modelwright/artifact-store';
import type { FactoryProvider } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';

/** The store of finished exports, and of uploads on their way in. */
export const EXPORT_FILES = Symbol('EXPORT_FILES');

export const exportKey = (exportId: string, name: string): string => `exports/${exportId}/${name}`;
export const exportPrefix = (exportId: string): string => `exports/${exportId}/`;
export const uploadKey = (importId: string, name: 'upload' | 'sample'): string =>
  `uploads/${importId}/${name}`;
export const uploadPrefix = (importId: string): string => `uploads/${importId}/`;

/** Where an imported model is kept, among the artifacts of runs. */
export const importedPrefix = (importId: string): string => `import-${importId}/`;
export const importedKey = (importId: string, name: string): string => `import-${importId}/${name}`;

export const exportFilesProvider: FactoryProvider<ArtifactStore> = {
  provide: EXPORT_FILES,
  inject: [AppConfig],
  useFactory: ({ storage }: AppConfig) =>
    new ValidatedArtifactStore(new FilesystemArtifactStore({ root: join(storage.outputsDir, 'models') })),
};
