import type { Lineage } from '@modelwright/sdk';
import { layOut, NODE_HEIGHT, NODE_WIDTH } from './lineage-layout';

type Kind = Lineage['nodes'][number]['kind'];
const node = (kind: Kind, id: string): Lineage['nodes'][number] => ({
  kind,
  id,
  name: id,
  state: 'ready',
  detail: null,
  at: '2026-01-01T00:00:00.000Z',
  opens: null,
  version: null,
});
const edge = (from: [Kind, string], to: [Kind, string]): Lineage['edges'][number] => ({
  from: { kind: from[0], id: from[1] },
  to: { kind: to[0], id: to[1] },
});

describe('the drawing of a lineage', () => {
  const graph: Lineage = {
    focus: [{ kind: 'run', id: 'r1' }],
    nodes: [
      node('run', 'r1'),
      node('run', 'r2'),
      node('dataset-version', 'd'),
      node('source', 's'),
      node('model-version', 'm1'),
      node('model-version', 'm2'),
      node('deployment', 'live'),
    ],
    edges: [
      edge(['source', 's'], ['dataset-version', 'd']),
      edge(['dataset-version', 'd'], ['run', 'r1']),
      edge(['dataset-version', 'd'], ['run', 'r2']),
      edge(['run', 'r2'], ['model-version', 'm2']),
      edge(['run', 'r1'], ['model-version', 'm1']),
      edge(['model-version', 'm1'], ['deployment', 'live']),
    ],
    isTruncated: false,
  };
  const drawn = layOut(graph);
  const place = (key: string) => {
    const found = drawn.nodes.find((one) => one.key === key);
    if (!found) throw new Error(`${key} was not drawn.`);
    return found;
  };

  it('puts what was made from a thing to its right', () => {
    for (const { from, to } of drawn.edges)
      expect(place(to).x).toBeGreaterThanOrEqual(place(from).x + NODE_WIDTH);
  });

  it('lets no two things overlap', () => {
    for (const one of drawn.nodes)
      for (const other of drawn.nodes)
        if (one.key < other.key && one.x === other.x)
          expect(Math.abs(one.y - other.y)).toBeGreaterThanOrEqual(NODE_HEIGHT);
  });

  it('keeps lines from crossing where they need not', () => {
    const above = (one: string, other: string): boolean => place(one).y < place(other).y;
    expect(above('run:r1', 'run:r2')).toBe(above('model-version:m1', 'model-version:m2'));
  });

  it('marks what it is about', () => {
    expect(drawn.nodes.filter(({ isFocus }) => isFocus).map(({ key }) => key)).toEqual(['run:r1']);
  });

  it('is empty for an empty graph and comes to an end for one that runs in circles', () => {
    expect(layOut({ ...graph, nodes: [], edges: [] })).toMatchObject({ nodes: [], edges: [], height: 0 });
    const circle = [edge(['run', 'r1'], ['run', 'r2']), edge(['run', 'r2'], ['run', 'r1'])];
    expect(layOut({ ...graph, edges: circle }).nodes).toHaveLength(graph.nodes.length);
  });
});
