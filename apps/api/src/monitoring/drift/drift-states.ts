import { Injectable } from '@nestjs/common';
import { DriftRepository, type DriftChange, type DriftState } from './drift.repository.js';

export type { DriftChange };

/** The drift lights of deployments, for rooms that tell people about them. */
@Injectable()
export class DriftStates {
  constructor(private readonly repository: DriftRepository) {}

  /**
   * The result of the last check of each deployment that has one.
   * @param deploymentIds of any project: the caller has checked who asks
   */
  latest(deploymentIds: readonly string[]): Promise<DriftState[]> {
    return this.repository.latest(deploymentIds);
  }

  /** Checks since then that came to another light than before. @param deploymentId of one; undefined: of all projects */
  changesSince(since: Date, deploymentId?: string): Promise<DriftChange[]> {
    return this.repository.changesSince(since, deploymentId);
  }
}
