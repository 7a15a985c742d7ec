import type { ModelEvaluation } from '@modelwright/sdk';
import { formatCount, formatPercent, formatScore } from '../../../shared/format/numbers';
import type { Drawing } from '../../binary-charts';
import { GRID, tip, upAxis, valueAxis } from '../../chart-parts';

export type Clustering = NonNullable<ModelEvaluation['clustering']>;

interface TipParams {
  readonly dataIndex: number;
  readonly seriesName?: string;
}

/** A second sign beside the colour. */
const SHAPES = ['circle', 'triangle', 'rect', 'diamond', 'pin', 'arrow', 'roundRect', 'circle'] as const;

export function clusterSizesDrawing({ clusters }: Clustering): Drawing {
  const largest = clusters.reduce<(typeof clusters)[number] | undefined>(
    (top, one) => (!top || one.size > top.size ? one : top),
    undefined,
  );
  return {
    label: 'Sizes of the groups',
    hint: 'Rows in each group that the model found',
    summary: largest
      ? `${largest.label} is the largest with ${formatPercent(largest.share)} of the rows.`
      : '',
    table: {
      columns: ['Group', 'Rows', 'Share'],
      rows: clusters.map(({ label, size, share }) => [label, formatCount(size), formatPercent(share)]),
    },
    option: (colours) => ({
      grid: { ...GRID, right: 24, top: 8 },
      xAxis: valueAxis('Rows', { min: 0 }),
      yAxis: {
        type: 'category',
        inverse: true,
        data: clusters.map(({ label }) => label),
        axisLabel: { width: 140, overflow: 'truncate', color: colours.text },
      },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const one = clusters[dataIndex];
          return one ? tip(one.label, `${formatCount(one.size)} rows, ${formatPercent(one.share)}`) : '';
        },
      },
      series: [
        {
          type: 'bar',
          name: 'Rows',
          barMaxWidth: 22,
          data: clusters.map(({ size }, index) => ({
            value: size,
            itemStyle: { color: colours.palette[index % colours.palette.length] },
          })),
          itemStyle: { borderRadius: [0, 3, 3, 0] },
        },
      ],
    }),
  };
}

export function projectionDrawing({ clusters, projection }: Clustering): Drawing {
  const groups = clusters.map(({ label }) => ({
    label,
    points: projection.filter(({ cluster }) => String(cluster) === label).map(({ x, y }) => [x, y] as const),
  }));
  return {
    label: 'The groups on a map',
    hint: `The first two principal components of ${formatCount(projection.length)} rows: near is alike, as far as two directions can show it`,
    summary: `${formatCount(projection.length)} rows in ${clusters.length} groups; groups that overlap here may be apart in other directions.`,
    table: {
      columns: ['Group', 'First component', 'Second component'],
      rows: projection.map(({ cluster, x, y }) => [String(cluster), formatScore(x), formatScore(y)]),
    },
    option: () => ({
      grid: { ...GRID, top: 52 },
      legend: { type: 'plain', top: 0, left: 0, right: 40, icon: undefined },
      xAxis: valueAxis('First component', { scale: true }),
      yAxis: upAxis('Second', { scale: true }),
      tooltip: { trigger: 'item', formatter: ({ seriesName }: TipParams) => tip(seriesName ?? '') },
      series: groups.map(({ label, points }, index) => ({
        type: 'scatter',
        name: label,
        data: points,
        symbol: SHAPES[index % SHAPES.length],
        symbolSize: 6,
        itemStyle: { opacity: 0.6 },
      })),
    }),
  };
}

export function scoreByCountDrawing({ byCount, clusters }: Clustering, metric: string): Drawing {
  const data = byCount.flatMap(({ clusters: count, score }) =>
    score == null ? [] : [[count, score] as const],
  );
  return {
    label: 'Score by number of groups',
    hint: `The best ${metric} that was reached with so many groups`,
    summary: `The model has ${clusters.length} groups.`,
    table: {
      columns: ['Groups', metric],
      rows: byCount.map(({ clusters: count, score }) => [count, formatScore(score)]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis('Groups', { minInterval: 1, scale: true }),
      yAxis: upAxis(metric, { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(`${data[dataIndex]?.[0] ?? ''} groups`, `${metric} ${formatScore(data[dataIndex]?.[1])}`),
      },
      series: [
        {
          type: 'line',
          name: metric,
          data,
          symbol: 'circle',
          symbolSize: 7,
          lineStyle: { width: 2 },
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.muted, type: 'dashed', width: 1.5 },
            data: [{ xAxis: clusters.length }],
          },
        },
      ],
    }),
  };
}
