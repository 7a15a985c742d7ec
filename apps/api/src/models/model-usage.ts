import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';

/** A room above that uses model versions and so keeps them from being deleted (M2). Registers in its `onModuleInit`. */
export interface ModelUsage {
  /** Names of the things that still need one of the versions, as in `deployment "churn-live"`. */
  usersOf(scope: Scope, modelVersionIds: readonly string[]): Promise<readonly string[]>;
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
}
