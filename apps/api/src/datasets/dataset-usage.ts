import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';

/** A thing that still needs a dataset. */
export interface DatasetUse {
  readonly kind: 'run' | 'model' | 'deployment';
  readonly id: string;
  readonly name: string;
}

/** A higher room whose things need datasets. */
export interface DatasetUser {
  usesOf(scope: Scope, datasetId: string): Promise<readonly DatasetUse[]>;
}

/** Who needs datasets (D3): training and models register here in their `onModuleInit`. */
@Injectable()
export class DatasetUsage {
  private readonly users: DatasetUser[] = [];

  register(user: DatasetUser): void {
    this.users.push(user);
  }

  async usesOf(scope: Scope, datasetId: string): Promise<DatasetUse[]> {
    const uses = await Promise.all(this.users.map((user) => user.usesOf(scope, datasetId)));
    return uses.flat();
  }
}
