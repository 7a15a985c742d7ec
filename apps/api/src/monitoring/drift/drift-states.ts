import { Injectable } from '@nestjs/common';
import { DriftRepository, type DriftState } from './drift.repository.js';

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
}
