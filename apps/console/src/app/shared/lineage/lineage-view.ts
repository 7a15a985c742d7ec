import { Component, computed, effect, inject, input, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import { TimeAgo } from '../format/time-ago';
import { plural } from '../format/numbers';
import { ProjectContext } from '../project/project-context';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';
import { remembered } from '../ui/remembered';
import { statusLook } from '../ui/status';
import { Skeleton } from '../ui/skeleton';
import { View, ViewContent, ViewLoading } from '../ui/view';
import { type LineageNode, NODE_HEIGHT, NODE_WIDTH, layOut } from './lineage-layout';
import { type LineageFocus, LineageStore } from './lineage.store';

const WORDS: Record<LineageNode['kind'], string> = {
  source: 'Source',
  'dataset-version': 'Dataset version',
  run: 'Run',
  'model-version': 'Model version',
  alias: 'Alias',
  deployment: 'Deployment',
  'batch-job': 'Batch job',
};
const ICONS: Record<LineageNode['kind'], IconName> = {
  source: 'file',
  'dataset-version': 'data',
  run: 'runs',
  'model-version': 'models',
  alias: 'category',
  deployment: 'deployments',
  'batch-job': 'table',
};
const PAGES = {
  dataset: 'data',
  run: 'runs',
  model: 'models',
  deployment: 'deployments',
  'batch-job': 'batch',
} as const;
/** Kinds whose state changes by itself. */
const LIVE: readonly LineageNode['kind'][] = ['run', 'deployment', 'batch-job'];
const lineOf = ({ kind, state, detail }: LineageNode): string =>
  (kind === 'run' || kind === 'batch-job') && state === 'succeeded' && detail !== null
    ? detail
    : [statusLook(state).word, detail].filter(Boolean).join(' · ');
const KINDS = Object.keys(WORDS) as LineageNode['kind'][];

/** A lineage as a drawing whose boxes are links, or as a list of the same. */
@Component({
  selector: 'mw-lineage',
  imports: [Icon, RouterLink, Skeleton, TimeAgo, View, ViewContent, ViewLoading],
  providers: [LineageStore],
  templateUrl: './lineage-view.html',
  styleUrl: './lineage-view.scss',
})
export class LineageView {
  readonly focus = input.required<LineageFocus>();
  protected readonly store = inject(LineageStore);
  private readonly project = inject(ProjectContext);
  protected readonly form = remembered('lineage-form', 'drawing');
  protected readonly forms = [
    { id: 'drawing', label: 'Drawing' },
    { id: 'list', label: 'List' },
  ];
  protected readonly pointed = signal<string | undefined>(undefined);
  protected readonly nodeWidth = NODE_WIDTH;
  protected readonly nodeHeight = NODE_HEIGHT;

  protected readonly drawing = computed(() => {
    const graph = this.store.graph.hasValue() ? this.store.graph.value() : undefined;
    if (!graph) return undefined;
    const { nodes, edges, width, height } = layOut(graph);
    const pointed = this.pointed();
    return {
      width,
      height,
      edges: edges.map((edge) => ({ ...edge, isNear: edge.from === pointed || edge.to === pointed })),
      nodes: nodes.map(({ key, node, isFocus, x, y }) => ({ ...this.described(node), key, isFocus, x, y })),
    };
  });
  protected readonly groups = computed(() => {
    const nodes = this.drawing()?.nodes ?? [];
    return KINDS.map((kind) => ({
      kind,
      word: WORDS[kind],
      nodes: nodes.filter((node) => node.kind === kind),
    })).filter((group) => group.nodes.length > 0);
  });
  protected readonly summary = computed(() => {
    const parts = this.groups().map(({ word, nodes }) =>
      plural(nodes.length, word.toLowerCase(), word === 'Alias' ? 'aliases' : undefined),
    );
    return `From file to endpoint: ${parts.join(', ')}.`;
  });

  constructor() {
    effect(() => this.store.focus.set(this.focus()));
  }

  private described(node: LineageNode) {
    const { opens, version } = node;
    return {
      kind: node.kind,
      name: node.name,
      state: node.state,
      detail: node.detail,
      at: node.at,
      word: WORDS[node.kind],
      icon: ICONS[node.kind],
      link: opens ? ['/p', this.project.id() ?? '', PAGES[opens.kind], opens.id] : undefined,
      query:
        opens?.kind === 'dataset'
          ? { v: version }
          : opens?.kind === 'model'
            ? { version, ...(node.kind === 'alias' ? { tab: 'versions' } : {}) }
            : {},
      line: LIVE.includes(node.kind) ? lineOf(node) : (node.detail ?? node.state),
      label: [WORDS[node.kind], node.name, node.state, node.detail].filter(Boolean).join(', '),
    };
  }
}
