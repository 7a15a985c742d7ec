import { Injectable, StreamableFile } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import type { ExperimentArtifactList } from './experiment-run.dto.js';
import { ExperimentsService } from './experiments.service.js';
import { ArtifactFiles } from './tracking/artifact-files.js';

/** Files of tracked runs, for people and for clients. */
@Injectable()
export class ExperimentArtifacts {
  constructor(
    private readonly experiments: ExperimentsService,
    private readonly files: ArtifactFiles,
  ) {}

  async list(scope: Scope, runId: string, folder: string): Promise<ExperimentArtifactList> {
    await this.experiments.find(scope, runId);
    return { items: await this.files.list(scope, runId, folder), nextCursor: null };
  }

  /** @throws Problem `not-found`, `artifact-damaged` */
  async download(scope: Scope, ownerId: string, path: string): Promise<StreamableFile> {
    const file = await this.files.find(scope, ownerId, path);
    if (!file) throw new Problem('not-found', `There is no file "${path.slice(0, 200)}" here.`);
    const name = (path.split('/').at(-1) ?? 'artifact').replace(/[^\w.-]+/g, '_').slice(-120);
    return new StreamableFile(await this.files.open(ownerId, file), {
      type: 'application/octet-stream',
      length: file.sizeBytes,
      disposition: `attachment; filename="${name}"`,
    });
  }
}
