import type { ResidualsResult } from '@modelwright/sdk';
import { formatCount, formatNumber, formatPercent } from '../../../shared/format/numbers';
import type { Drawing } from '../../binary-charts';
import { GRID, reference, tip, upAxis, valueAxis } from '../../chart-parts';

interface TipParams {
  readonly dataIndex: number;
}

export function residualsByPredictedDrawing(
  { points, byPredicted }: ResidualsResult,
  target: string,
): Drawing {
  const middle = byPredicted.map(({ from, to, mean }) => [(from + to) / 2, mean] as const);
  const furthest = byPredicted.reduce((top, bin) => (Math.abs(bin.mean) > Math.abs(top) ? bin.mean : top), 0);
  return {
    label: 'Residuals by predicted value',
    hint: 'Actual less predicted; a trend of the line is bias, a widening fan is unequal spread',
    summary: `The mean residual strays at most ${formatNumber(Math.abs(furthest))} from zero.`,
    table: {
      columns: ['Predicted from', 'to', 'Rows', 'Mean residual', '10 %', '90 %'],
      rows: byPredicted.map(({ from, to, rows, mean, p10, p90 }) => [
        formatNumber(from),
        formatNumber(to),
        formatCount(rows),
        formatNumber(mean),
        formatNumber(p10),
        formatNumber(p90),
      ]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis(`Predicted ${target}`, { scale: true }),
      yAxis: upAxis('Residual', { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const bin = byPredicted[dataIndex];
          return bin
            ? tip(
                `Predicted ${formatNumber(bin.from)} to ${formatNumber(bin.to)}, ${formatCount(bin.rows)} rows`,
                `Mean residual ${formatNumber(bin.mean)}`,
                `80 % between ${formatNumber(bin.p10)} and ${formatNumber(bin.p90)}`,
              )
            : '';
        },
      },
      series: [
        {
          type: 'line',
          name: 'Mean',
          z: 4,
          data: middle,
          symbol: 'circle',
          symbolSize: 7,
          color: colours.palette[1],
          lineStyle: { width: 2 },
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.muted, type: 'dashed', width: 1.5 },
            data: [{ yAxis: 0 }],
          },
        },
        {
          type: 'scatter',
          name: 'Rows',
          silent: true,
          data: points.map(({ predicted, residual }) => [predicted, residual]),
          symbolSize: 5,
          color: colours.palette[0],
          itemStyle: { opacity: 0.35 },
        },
      ],
    }),
  };
}

export function errorBySizeDrawing({ bySize }: ResidualsResult, target: string): Drawing {
  const name = ({ from, to }: (typeof bySize)[number]): string =>
    `${formatNumber(from)} to ${formatNumber(to)}`;
  const worst = bySize.reduce<(typeof bySize)[number] | undefined>(
    (top, bin) => (!top || bin.meanAbsolute > top.meanAbsolute ? bin : top),
    undefined,
  );
  return {
    label: `Error by size of ${target}`,
    hint: 'Mean absolute error in ten groups of as many rows each, by the actual value',
    summary: worst
      ? `Largest for ${name(worst)}: off by ${formatNumber(worst.meanAbsolute)} on average${
          worst.relative === null ? '' : `, ${formatPercent(worst.relative)} of the value`
        }.`
      : 'Nothing was measured.',
    table: {
      columns: ['From', 'To', 'Rows', 'Mean absolute error', 'Median', 'Share of the value'],
      rows: bySize.map((bin) => [
        formatNumber(bin.from),
        formatNumber(bin.to),
        formatCount(bin.rows),
        formatNumber(bin.meanAbsolute),
        formatNumber(bin.medianAbsolute),
        formatPercent(bin.relative),
      ]),
    },
    option: () => ({
      grid: GRID,
      xAxis: {
        type: 'category',
        name: `Actual ${target}`,
        nameLocation: 'middle',
        nameGap: 30,
        data: bySize.map(({ from, to }) => formatNumber((from + to) / 2)),
        axisLabel: { hideOverlap: true },
      },
      yAxis: upAxis('Mean absolute error', { min: 0 }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const bin = bySize[dataIndex];
          return bin
            ? tip(
                name(bin),
                `Off by ${formatNumber(bin.meanAbsolute)} on average`,
                `${formatPercent(bin.relative)} of the value`,
              )
            : '';
        },
      },
      series: [
        {
          type: 'bar',
          name: 'Mean absolute error',
          data: bySize.map(({ meanAbsolute }) => meanAbsolute),
          itemStyle: { borderRadius: [2, 2, 0, 0] },
        },
      ],
    }),
  };
}

export function quantileDrawing({ quantiles, summary }: ResidualsResult): Drawing {
  const data = quantiles.map(({ normal, residual }) => [normal, residual] as const);
  const ends = data.flat();
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const lean = summary.skewness ?? 0;
  return {
    label: 'Residuals against the normal distribution',
    hint: 'On the dashed line errors are normal; ends that bend away are rare, large errors',
    summary:
      Math.abs(lean) < 0.5
        ? `Skewness ${formatNumber(lean)}: errors up and down are about alike.`
        : `Skewness ${formatNumber(lean)}: large errors are mostly ${lean > 0 ? 'too low predictions' : 'too high predictions'}.`,
    table: {
      columns: ['Normal quantile', 'Standardised residual'],
      rows: data.map(([normal, residual]) => [formatNumber(normal), formatNumber(residual)]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: valueAxis('Normal quantile', { scale: true }),
      yAxis: upAxis('Standardised residual', { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `Normal ${formatNumber(data[dataIndex]?.[0])}`,
            `Residual ${formatNumber(data[dataIndex]?.[1])}`,
          ),
      },
      series: [
        { type: 'scatter', name: 'Residuals', data, symbolSize: 6, itemStyle: { opacity: 0.6 } },
        reference(colours, 'Normal', [
          [low, low],
          [high, high],
        ]),
      ],
    }),
  };
}
