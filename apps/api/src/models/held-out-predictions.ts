import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { ModelsRepository } from './models.repository.js';
import { HoldoutReader, HoldoutUnusableError, type HoldoutTable } from './registry/holdout-reader.js';

/** What a version predicted for rows that it had not seen, for rooms that compare later predictions with it. */
@Injectable()
export class HeldOutPredictions {
  constructor(
    private readonly versions: ModelsRepository,
    private readonly reader: HoldoutReader,
  ) {}

  /** @returns undefined when none were kept with the version, or they are not what was kept */
  async read(scope: Scope, modelVersionId: string): Promise<HoldoutTable | undefined> {
    const version = await this.versions.findVersion(scope, modelVersionId);
    if (!version || this.reader.sha256Of(version) === undefined) return undefined;
    try {
      return await this.reader.read(version);
    } catch (error) {
      if (error instanceof HoldoutUnusableError) return undefined;
      throw error;
    }
  }
}
