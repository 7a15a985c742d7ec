import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';

/** A room above that uses model versions and so keeps them from being deleted (M2). Registers in its `onModuleInit`. */
export interface ModelUsage {
  /** Names of the things that still need one of the versions, as in `deployment "churn-live"`. */
  usersOf(scope: Scope, modelVersionIds: readonly string[]): Promise<readonly string[]>;
  /** The things in which versions of some models are live, with their state; left out by rooms that show nothing. */
  servingOf?(scope: Scope, modelIds: readonly string[]): Promise<readonly LiveUse[]>;
  /** Versions that are to answer calls, of all projects: for background work; left out by rooms that answer none. */
  servedVersions?(): Promise<readonly ServedVersion[]>;
}

export interface ServedVersion {
  readonly id: string;
  readonly projectId: string;
}

/** A thing that uses a version just now. */
export interface LiveUse {
  readonly kind: 'deployment';
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly modelId: string;
  readonly modelVersionId: string;
  readonly versionNumber: number;
  /** Alias that named the version when the thing was made. */
  readonly alias: string | null;
}

@Injectable()
export class ModelUsageRegistry {
  private readonly usages: ModelUsage[] = [];

  register(usage: ModelUsage): void {
    this.usages.push(usage);
  }

  async usersOf(scope: Scope, modelVersionIds: readonly string[]): Promise<string[]> {
    if (modelVersionIds.length === 0) return [];
    const users = await Promise.all(this.usages.map((usage) => usage.usersOf(scope, modelVersionIds)));
    return users.flat();
  }

  async servingOf(scope: Scope, modelIds: readonly string[]): Promise<LiveUse[]> {
    if (modelIds.length === 0) return [];
    const uses = await Promise.all(
      this.usages.map((usage) => usage.servingOf?.(scope, modelIds) ?? Promise.resolve([])),
    );
    return uses.flat();
  }

  async servedVersions(): Promise<ServedVersion[]> {
    const served = await Promise.all(
      this.usages.map((usage) => usage.servedVersions?.() ?? Promise.resolve([])),
    );
    return served.flat();
  }
}
