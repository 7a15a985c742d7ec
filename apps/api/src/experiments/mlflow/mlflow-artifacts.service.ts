import type { Readable } from 'node:stream';
import { Injectable, type StreamableFile } from '@nestjs/common';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { isUuid } from '../../platform/authorization/uuid.js';
import { Problem } from '../../platform/problems/problem.js';
import { ExperimentArtifacts } from '../experiment-artifacts.service.js';
import { ArtifactFiles } from '../tracking/artifact-files.js';
import { TrackingRepository } from '../tracking/tracking.repository.js';
import { MlflowModels } from './mlflow-models.service.js';
import type { FilesAnswer } from './mlflow.dto.js';

interface Place {
  readonly ownerId: string;
  /** Path below the owner; empty for its top. */
  readonly path: string;
  readonly isOurs: boolean;
}

/** Files of runs and logged models through the address that the client makes of `mlflow-artifacts:/<owner>/artifacts/…`. */
@Injectable()
export class MlflowArtifacts {
  constructor(
    private readonly files: ArtifactFiles,
    private readonly downloads: ExperimentArtifacts,
    private readonly tracking: TrackingRepository,
    private readonly models: MlflowModels,
  ) {}

  async upload(scope: Scope, address: string, content: Readable): Promise<void> {
    const { ownerId, path } = await this.writable(scope, address);
    await this.files.put(scope, ownerId, path, content);
  }

  async download(scope: Scope, address: string): Promise<StreamableFile> {
    const { ownerId, path } = await this.place(scope, address);
    return this.downloads.download(scope, ownerId, path);
  }

  async remove(scope: Scope, address: string): Promise<void> {
    const { ownerId, path } = await this.writable(scope, address);
    await this.files.remove(scope, ownerId, path);
  }

  /** Names are relative to the folder that was asked for, as the client expects here. */
  async list(scope: Scope, address: string): Promise<FilesAnswer> {
    // The top holds the files of all runs; nobody needs a list of those.
    if (address === '') return { files: [] };
    const { ownerId, path } = await this.place(scope, address);
    return { files: await this.entries(scope, ownerId, path, (full) => full.split('/').at(-1) ?? full) };
  }

  /** Names are relative to the run. */
  async listOfRun(scope: Scope, ownerId: string, path: string): Promise<FilesAnswer> {
    return { files: await this.entries(scope, ownerId, path, (full) => full) };
  }

  private async entries(scope: Scope, ownerId: string, folder: string, name: (path: string) => string) {
    const entries = await this.files.list(scope, ownerId, folder);
    return entries.map(({ path, isFolder, sizeBytes }) => ({
      path: name(path),
      is_dir: isFolder,
      ...(sizeBytes === null ? {} : { file_size: sizeBytes }),
    }));
  }

  private async writable(scope: Scope, address: string): Promise<Place> {
    const place = await this.place(scope, address);
    if (place.isOurs)
      throw new Problem('conflict', 'The files of a training of the project are made by the training alone.');
    return place;
  }

  private async place(scope: Scope, address: string): Promise<Place> {
    const [owner = '', folder, ...rest] = address.replace(/^\/+|\/+$/g, '').split('/');
    if (!isUuid(owner) || (folder !== undefined && folder !== 'artifacts'))
      throw new Problem('not-found', 'There is no run or model with files at this address.');
    const run = await this.tracking.find(scope, owner);
    if (!run) await this.models.find(scope, owner);
    return { ownerId: owner, path: rest.join('/'), isOurs: run !== undefined && run.kind !== 'external' };
  }
}
