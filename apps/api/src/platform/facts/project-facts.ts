import type { Scope } from '../authorization/project-scope.js';

/** What one room knows about a project, for its overview. */
export interface RoomFacts {
  /** Totals and how many of them are being worked on, for the phase strip. */
  readonly counts: Readonly<Partial<Record<FactName, number>>>;
  /** Newest things first, at most ten. */
  readonly recent: readonly RecentThing[];
  /** What waits for a person: failures, warnings, things half done. */
  readonly needsYou: readonly NeedsYou[];
}

export const FACT_NAMES = [
  'datasets',
  'datasetsReady',
  'datasetsProcessing',
  'datasetsFailed',
  'runs',
  'runsActive',
  'runsSucceeded',
  'runsFailed',
  'models',
  'modelVersions',
  'deployments',
  'deploymentsStarting',
  'deploymentsReady',
  'deploymentsFailed',
] as const;
export type FactName = (typeof FACT_NAMES)[number];

export interface RecentThing {
  readonly kind: 'dataset' | 'run' | 'model' | 'deployment';
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly updatedAt: Date;
  /** One line on it, as in "ROC AUC 0.846". */
  readonly detail?: string;
}

export interface NeedsYou {
  readonly kind: 'dataset' | 'run' | 'model' | 'deployment';
  readonly id: string;
  /** What is the matter and what to do, in one sentence. */
  readonly reason: string;
  readonly since: Date;
}

/** A room that has something to say about projects registers one of these with `FactsRegistry` when it starts. */
export interface ProjectFacts {
  of(scope: Scope): Promise<RoomFacts>;
}

export const ACTIVITY_KINDS = [
  'ingest',
  'run',
  'deployment',
  'analysis',
  'export',
  'import',
  'rescoring',
  'batch',
] as const;
export const ACTIVITY_ENTITIES = [
  'dataset',
  'run',
  'deployment',
  'model',
  'import',
  'comparison',
  'batch-job',
] as const;

/** Work that takes time, as the activity drawer shows it. */
export interface ActivityItem {
  readonly id: string;
  readonly kind: (typeof ACTIVITY_KINDS)[number];
  readonly projectId: string;
  /** The thing to open. An import that was not registered yet has no model. */
  readonly entity: { readonly kind: (typeof ACTIVITY_ENTITIES)[number]; readonly id: string };
  /** Number of the model version that it is about. */
  readonly version?: number | null;
  /** Model versions that a comparison is of. */
  readonly compared?: readonly string[];
  readonly title: string;
  readonly status: 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';
  /** What it is doing just now, or why it ended. */
  readonly detail: string | null;
  /** 0 to 1; null when nobody can tell. */
  readonly progress: number | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

/** A room whose work shows up in the activity drawer registers one of these with `FactsRegistry` when it starts. */
export interface ActivitySource {
  /** Newest first: everything that is running, then what has ended, at most `limit` of each. */
  activity(projectIds: readonly string[], limit: number): Promise<readonly ActivityItem[]>;
}
