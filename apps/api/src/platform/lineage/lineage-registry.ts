import { Injectable } from '@nestjs/common';
import type { Scope } from '../authorization/project-scope.js';

export const LINEAGE_KINDS = [
  'source',
  'dataset-version',
  'run',
  'model-version',
  'alias',
  'deployment',
  'batch-job',
] as const;
export type LineageKind = (typeof LINEAGE_KINDS)[number];

/** One thing that came of another. Ids are those of the thing; a source and an alias have ids made for the graph. */
export interface LineageNode {
  readonly kind: LineageKind;
  readonly id: string;
  readonly name: string;
  /** Its state in the words of its kind, as in `ready`. */
  readonly state: string;
  /** One line on it, as in "ROC AUC 0.846". */
  readonly detail: string | null;
  readonly at: Date;
  /** The page to open: the dataset of its version, the model of its version. */
  readonly opens: {
    readonly kind: 'dataset' | 'run' | 'model' | 'deployment' | 'batch-job';
    readonly id: string;
  } | null;
  /** Number of the version to show on that page. */
  readonly version: number | null;
}

export interface LineageRef {
  readonly kind: LineageKind;
  readonly id: string;
}

/** `to` was made from `from`. */
export interface LineageEdge {
  readonly from: LineageRef;
  readonly to: LineageRef;
}

export type LineageDirection = 'up' | 'down';

/** What one room knows of where things come from. It answers for the edges that end in its own things. */
export interface LineageSource {
  /** Nodes of this room among `refs`; what is gone or of another project is left out. */
  nodes(scope: Scope, refs: readonly LineageRef[]): Promise<readonly LineageNode[]>;
  /** Edges of this room that end in one of `refs` (up) or begin in one (down), newest first, at most `limit`. */
  edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
    limit: number,
  ): Promise<readonly LineageEdge[]>;
  /** Where a graph about a thing begins: the versions of a dataset or model; undefined when it is of another room. */
  startOf(scope: Scope, kind: string, id: string): Promise<readonly LineageRef[] | undefined>;
}

/** Rooms leave their part of the graph here, so that no room has to know those above it. */
@Injectable()
export class LineageRegistry {
  private readonly known: LineageSource[] = [];

  register(source: LineageSource): void {
    this.known.push(source);
  }

  get sources(): readonly LineageSource[] {
    return this.known;
  }
}

/** Ids of the references of one kind. */
export function idsOfKind(refs: readonly LineageRef[], kind: LineageKind): string[] {
  return refs.filter((ref) => ref.kind === kind).map(({ id }) => id);
}
