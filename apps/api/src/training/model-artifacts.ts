import {
  FilesystemArtifactStore,
  ValidatedArtifactStore,
  type ArtifactStore,
} from '@modelwright/artifact-store';
import type { FactoryProvider } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';

/** The store of what runs leave behind (E6: a folder of its own). Keys are `<run id>/<file>`. */
export const MODEL_ARTIFACTS = Symbol('MODEL_ARTIFACTS');

export const modelArtifactsProvider: FactoryProvider<ArtifactStore> = {
  provide: MODEL_ARTIFACTS,
  inject: [AppConfig],
  useFactory: ({ storage }: AppConfig) =>
    new ValidatedArtifactStore(new FilesystemArtifactStore({ root: storage.modelsDir })),
};
