import { Injectable } from '@nestjs/common';
import type { Scope } from '../authorization/project-scope.js';

export const CHECK_STATES = ['ok', 'failed', 'not-tried', 'waived', 'not-applicable'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** What one check says about a model version, with the figures it was decided by. */
export interface CheckFinding {
  /** Stable name of the check, as in `findings`. */
  readonly code: string;
  /** What was checked, in words. */
  readonly label: string;
  readonly state: CheckState;
  /** What was found, in one sentence; why it does not apply when it does not. */
  readonly detail: string;
  readonly numbers?: Readonly<Record<string, number | null>>;
  /** Whether the room that found it keeps waivers of its own, so that it cannot be waived as a whole. */
  readonly waivedElsewhere?: boolean;
  /** Reason given by the person who waived it, when the room that found it keeps waivers of its own. */
  readonly waiver?: { readonly reason: string; readonly by: string | null; readonly at: string };
}

export interface CheckedVersion {
  readonly modelVersionId: string;
  /** Null for an imported model. */
  readonly runId: string | null;
}

/** A room that knows something about versions that may stand in the way of promoting them. */
export interface ModelCheckSource {
  checksOf(scope: Scope, version: CheckedVersion): Promise<readonly CheckFinding[]>;
  /** By run, how many doubts about its data stand in the way of its models; runs without one are left out. */
  openFindings(scope: Scope, runIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/**
 * Where rooms leave checks for the registry of models, whichever side of it they stand. A room calls `register` in its
 * `onModuleInit`; a check with the code of a built-in one takes its place.
 */
@Injectable()
export class ModelCheckRegistry {
  private readonly sources: ModelCheckSource[] = [];

  register(source: ModelCheckSource): void {
    this.sources.push(source);
  }

  async checksOf(scope: Scope, version: CheckedVersion): Promise<CheckFinding[]> {
    const found = await Promise.all(this.sources.map((source) => source.checksOf(scope, version)));
    return found.flat();
  }

  async openFindings(scope: Scope, runIds: readonly string[]): Promise<Map<string, number>> {
    const found = await Promise.all(this.sources.map((source) => source.openFindings(scope, runIds)));
    const sums = new Map<string, number>();
    for (const [runId, count] of found.flatMap((counts) => [...counts]))
      sums.set(runId, (sums.get(runId) ?? 0) + count);
    return sums;
  }
}
