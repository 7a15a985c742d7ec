import { Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import {
  LineageRegistry,
  type LineageDirection,
  type LineageEdge,
  type LineageNode,
  type LineageRef,
} from '../platform/lineage/lineage-registry.js';
import { Problem } from '../platform/problems/problem.js';
import type { LineageQuery, LineageResponse } from './lineage.dto.js';

const MAX_NODES = 150;
/** Source, dataset version, a few runs made from one another, model version, alias, deployment. */
const MAX_STEPS = 12;

interface Walk {
  readonly refs: Map<string, LineageRef>;
  readonly edges: Map<string, LineageEdge>;
  isTruncated: boolean;
}

/** Draws what a thing came from and what came of it, asking every room for its part. */
@Injectable()
export class LineageService {
  constructor(private readonly registry: LineageRegistry) {}

  /** @throws Problem `not-found` when the project has no such thing */
  async draw(scope: Scope, { focus }: LineageQuery): Promise<LineageResponse> {
    const start = await this.start(scope, focus.kind, focus.id);
    const walk: Walk = { refs: byKey(start), edges: new Map(), isTruncated: false };
    for (const direction of ['up', 'down'] as const) await this.follow(scope, start, direction, walk);
    const nodes = await this.describe(scope, [...walk.refs.values()]);
    const known = new Set(nodes.map(keyOf));
    if (!start.some((ref) => known.has(keyOf(ref))))
      throw new Problem('not-found', `This project has no ${focus.kind} ${focus.id}.`);
    return {
      focus: start.filter((ref) => known.has(keyOf(ref))),
      nodes: nodes.map((node) => ({ ...node, at: node.at.toISOString() })),
      edges: [...walk.edges.values()].filter(
        ({ from, to }) => known.has(keyOf(from)) && known.has(keyOf(to)),
      ),
      isTruncated: walk.isTruncated,
    };
  }

  private async start(scope: Scope, kind: string, id: string): Promise<readonly LineageRef[]> {
    const found = await Promise.all(this.registry.sources.map((source) => source.startOf(scope, kind, id)));
    return found.find((refs) => refs !== undefined) ?? [];
  }

  private async follow(
    scope: Scope,
    start: readonly LineageRef[],
    direction: LineageDirection,
    walk: Walk,
  ): Promise<void> {
    let ends = start;
    for (let step = 0; step < MAX_STEPS && ends.length > 0; step++) {
      const edges = await this.edges(scope, ends, direction);
      const next: LineageRef[] = [];
      for (const edge of edges) {
        const end = direction === 'up' ? edge.from : edge.to;
        if (!walk.refs.has(keyOf(end))) {
          if (walk.refs.size >= MAX_NODES) {
            walk.isTruncated = true;
            continue;
          }
          walk.refs.set(keyOf(end), end);
          next.push(end);
        }
        walk.edges.set(`${keyOf(edge.from)}>${keyOf(edge.to)}`, edge);
      }
      ends = next;
    }
  }

  private async edges(
    scope: Scope,
    refs: readonly LineageRef[],
    direction: LineageDirection,
  ): Promise<LineageEdge[]> {
    const parts = await Promise.all(
      this.registry.sources.map((source) => source.edges(scope, refs, direction, MAX_NODES + 1)),
    );
    return parts.flat();
  }

  private async describe(scope: Scope, refs: readonly LineageRef[]): Promise<LineageNode[]> {
    const parts = await Promise.all(this.registry.sources.map((source) => source.nodes(scope, refs)));
    const nodes = new Map(parts.flat().map((node) => [keyOf(node), node]));
    return refs.flatMap((ref) => nodes.get(keyOf(ref)) ?? []);
  }
}

function keyOf({ kind, id }: LineageRef): string {
  return `${kind}:${id}`;
}

function byKey(refs: readonly LineageRef[]): Map<string, LineageRef> {
  return new Map(refs.map((ref) => [keyOf(ref), ref]));
}
