import type { Lineage } from '@modelwright/sdk';

export type LineageNode = Lineage['nodes'][number];
export type LineageRef = Lineage['focus'][number];

export const NODE_WIDTH = 160;
export const NODE_HEIGHT = 72;
const COLUMN_GAP = 28;
const ROW_GAP = 14;
const SWEEPS = 4;

export interface PlacedNode {
  readonly key: string;
  readonly node: LineageNode;
  readonly isFocus: boolean;
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** An SVG path from the right side of one node to the left side of the next. */
  readonly path: string;
}

export interface LineageLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

export function keyOf({ kind, id }: LineageRef): string {
  return `${kind}:${id}`;
}

/**
 * A layered drawing (Sugiyama, 1981): what was made from a thing stands further right, and within a column things stand
 * near what they are joined to, so that few lines cross.
 */
export function layOut(graph: Lineage): LineageLayout {
  const nodes = new Map(graph.nodes.map((node) => [keyOf(node), node]));
  const edges = graph.edges.map(({ from, to }) => ({ from: keyOf(from), to: keyOf(to) }));
  const columns = ordered(columnsOf([...nodes.keys()], edges), edges);
  const focus = new Set(graph.focus.map(keyOf));
  const height = Math.max(0, ...columns.map((column) => columnHeight(column.length)));
  const placed = columns.flatMap((column, index) => {
    const top = (height - columnHeight(column.length)) / 2;
    return column.flatMap((key, row): PlacedNode[] => {
      const node = nodes.get(key);
      if (!node) return [];
      const x = index * (NODE_WIDTH + COLUMN_GAP);
      return [{ key, node, isFocus: focus.has(key), x, y: top + row * (NODE_HEIGHT + ROW_GAP) }];
    });
  });
  const byKey = new Map(placed.map((one) => [one.key, one]));
  return {
    nodes: placed,
    edges: edges.flatMap(({ from, to }) => {
      const [start, end] = [byKey.get(from), byKey.get(to)];
      return start && end ? [{ key: `${from}>${to}`, from, to, path: pathBetween(start, end) }] : [];
    }),
    width: Math.max(0, columns.length * (NODE_WIDTH + COLUMN_GAP) - COLUMN_GAP),
    height,
  };
}

interface Joint {
  readonly from: string;
  readonly to: string;
}

/** A node's column is one right of the last of what it was made from. */
function columnsOf(keys: readonly string[], edges: readonly Joint[]): string[][] {
  const place = new Map(keys.map((key) => [key, 0]));
  // A graph without loops settles after at most as many rounds as it has nodes.
  for (let round = 0; round < keys.length; round++) {
    let moved = false;
    for (const { from, to } of edges) {
      const least = (place.get(from) ?? 0) + 1;
      if ((place.get(to) ?? 0) >= least || least >= keys.length) continue;
      place.set(to, least);
      moved = true;
    }
    if (!moved) break;
  }
  const columns: string[][] = Array.from({ length: Math.max(0, ...place.values()) + 1 }, () => []);
  for (const key of keys) columns[place.get(key) ?? 0]?.push(key);
  return columns.filter((column) => column.length > 0);
}

/** Sorts each column by the mean row of its neighbours in the columns beside it, a few times over. */
function ordered(columns: string[][], edges: readonly Joint[]): string[][] {
  const neighbours = new Map<string, string[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  let result = columns;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const row = new Map(result.flatMap((column) => column.map((key, index) => [key, index / column.length])));
    const centre = (key: string): number => {
      const rows = (neighbours.get(key) ?? []).map((other) => row.get(other) ?? 0);
      return rows.length > 0 ? rows.reduce((sum, one) => sum + one, 0) / rows.length : (row.get(key) ?? 0);
    };
    result = result.map((column) => [...column].sort((one, other) => centre(one) - centre(other)));
  }
  return result;
}

function columnHeight(count: number): number {
  return count * (NODE_HEIGHT + ROW_GAP) - ROW_GAP;
}

function pathBetween(from: PlacedNode, to: PlacedNode): string {
  const [startX, startY] = [from.x + NODE_WIDTH, from.y + NODE_HEIGHT / 2];
  const [endX, endY] = [to.x, to.y + NODE_HEIGHT / 2];
  const bend = Math.max(COLUMN_GAP / 2, (endX - startX) / 2);
  return `M${startX},${startY} C${startX + bend},${startY} ${endX - bend},${endY} ${endX},${endY}`;
}
