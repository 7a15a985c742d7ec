import type { LearningCurveResult } from '@modelwright/sdk';
import { formatCount, formatScore, plural } from '../../../shared/format/numbers';
import { metricLabel } from '../../../shared/metrics/metric-words';
import type { Drawing } from '../../binary-charts';
import { GRID, tip, upAxis, valueAxis } from '../../chart-parts';

interface TipParams {
  readonly dataIndex: number;
}

export function learningDrawing(result: LearningCurveResult): Drawing {
  const name = metricLabel(result.metric);
  const points = result.points.flatMap((point) =>
    point.value === null ? [] : [{ ...point, value: point.value }],
  );
  const training = result.points.flatMap(({ rows, training: score }) =>
    score === null ? [] : [[rows, score] as const],
  );
  return {
    label: 'Learning curve',
    hint: `${name} on the hold-out by number of training rows; ${result.greaterIsBetter ? 'higher' : 'lower'} is better. The bars are 95 % intervals`,
    summary: `${result.sentence}${result.complete ? '' : ' The time was not enough for all sizes.'}`,
    table: {
      columns: ['Training rows', `${name} on the hold-out`, 'Low', 'High', 'On training rows'],
      rows: result.points.map((point) => [
        formatCount(point.rows),
        formatScore(point.value),
        formatScore(point.low),
        formatScore(point.high),
        formatScore(point.training),
      ]),
    },
    option: (colours) => ({
      grid: { ...GRID, top: 44 },
      legend: { top: 0, right: 40, data: ['Hold-out', 'Training rows'] },
      xAxis: valueAxis('Training rows', { min: 0 }),
      yAxis: upAxis(name, { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const point = points[dataIndex];
          return point
            ? tip(
                plural(point.rows, 'training row'),
                `${name} ${formatScore(point.value)}, ${formatScore(point.low)} to ${formatScore(point.high)}`,
              )
            : '';
        },
      },
      series: [
        {
          type: 'line',
          name: 'Hold-out',
          data: points.map(({ rows, value }) => [rows, value]),
          symbol: 'circle',
          symbolSize: 8,
          lineStyle: { width: 2 },
        },
        {
          type: 'line',
          name: 'Training rows',
          data: training,
          symbol: 'diamond',
          symbolSize: 8,
          lineStyle: { width: 2, type: 'dashed' },
          tooltip: { show: false },
        },
        {
          type: 'custom',
          name: 'Interval',
          silent: true,
          encode: { x: 0, y: [1, 2] },
          data: points.flatMap(({ rows, low, high }) =>
            low === null || high === null ? [] : [[rows, low, high]],
          ),
          renderItem: errorBar(colours.palette[0] ?? colours.text),
        },
      ],
    }),
  };
}

interface Api {
  value(dimension: number): number;
  coord(point: readonly [number, number]): readonly [number, number];
}

/** An upright line from low to high, with ends. */
function errorBar(colour: string): (params: unknown, api: Api) => object {
  const line = (x1: number, y1: number, x2: number, y2: number): object => ({
    type: 'line',
    shape: { x1, y1, x2, y2 },
    style: { stroke: colour, lineWidth: 1.5 },
  });
  return (_params, api) => {
    const [x, top] = api.coord([api.value(0), api.value(2)]);
    const [, bottom] = api.coord([api.value(0), api.value(1)]);
    return {
      type: 'group',
      children: [line(x, top, x, bottom), line(x - 4, top, x + 4, top), line(x - 4, bottom, x + 4, bottom)],
    };
  };
}
