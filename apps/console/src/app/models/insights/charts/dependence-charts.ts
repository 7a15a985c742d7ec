import type { InteractionsResult, PartialDependenceResult } from '@modelwright/sdk';
import { formatScore, plural } from '../../../shared/format/numbers';
import type { Drawing } from '../../binary-charts';
import { GRID, tip, upAxis, valueAxis } from '../../chart-parts';
import { NOTHING, cellText, spaceName, spaceNumber } from './output-words';

type Axis = PartialDependenceResult['axes'][number];

interface TipParams {
  readonly dataIndex: number;
}

/** Whether values lie on a line; else each has its own place. */
function isNumeric({ grid }: Axis): boolean {
  return grid.every((value) => typeof value === 'number');
}

/** Mean prediction by the value of one column, with the band of the rows and what single rows would do. */
export function dependenceDrawing(result: PartialDependenceResult, target: string, curves: boolean): Drawing {
  const axis = result.axes[0];
  const { output } = result;
  const name = axis?.column ?? '';
  const grid = axis?.grid ?? [];
  const average = result.average ?? [];
  const low = Math.min(...average);
  const high = Math.max(...average);
  const numeric = axis ? isNumeric(axis) : false;
  const at = (values: readonly number[]): readonly (readonly [number, number])[] =>
    values.map((value, index) => [numeric ? Number(grid[index]) : index, value]);
  const lowest = cellText(grid[average.indexOf(low)]);
  const highest = cellText(grid[average.indexOf(high)]);
  return {
    label: `Effect of ${name}`,
    hint: `Mean ${spaceName(output, target)} over ${plural(result.rows, 'held-out row')} when ${name} is set to each value and the rest stays as it is`,
    summary:
      high - low < NOTHING
        ? `${name} changes nothing on average.`
        : `Lowest at ${lowest} with ${spaceNumber(low, output)}, highest at ${highest} with ${spaceNumber(high, output)}.`,
    table: {
      columns: [name, 'Mean prediction', '10 % of rows below', '90 % of rows below', 'Rows near it'],
      rows: grid.map((value, index) => [
        cellText(value),
        spaceNumber(average[index] ?? Number.NaN, output),
        spaceNumber(result.spread?.[index]?.low ?? Number.NaN, output),
        spaceNumber(result.spread?.[index]?.high ?? Number.NaN, output),
        axis?.counts[index] ?? 0,
      ]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: numeric
        ? valueAxis(name, { scale: true })
        : {
            type: 'value',
            min: -0.4,
            max: grid.length - 0.6,
            splitLine: { show: false },
            axisLabel: {
              customValues: grid.map((_, index) => index),
              formatter: (value: number) => cellText(grid[value]),
              width: 90,
              overflow: 'truncate',
            },
          },
      yAxis: upAxis(spaceName(output, target), { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) =>
          tip(
            `${name} = ${cellText(grid[dataIndex])}`,
            `Mean ${spaceNumber(average[dataIndex] ?? Number.NaN, output)}`,
            plural(axis?.counts[dataIndex] ?? 0, 'row') + ' near it',
          ),
      },
      series: [
        {
          type: numeric ? 'line' : 'scatter',
          name: 'Mean',
          z: 5,
          data: at(average),
          symbol: 'circle',
          symbolSize: numeric ? 6 : 12,
          lineStyle: { width: 3 },
        },
        ...(curves
          ? result.curves.map(({ predictions }) => ({
              type: 'line',
              silent: true,
              symbol: 'none',
              data: at(predictions),
              lineStyle: { width: 1, color: colours.muted, opacity: 0.3 },
              tooltip: { show: false },
            }))
          : [
              {
                type: 'custom',
                name: '10 % to 90 % of the rows',
                silent: true,
                z: 2,
                encode: { x: 0, y: [1, 2] },
                data: (result.spread ?? []).map(({ low: from, high: to }, index) => [
                  numeric ? Number(grid[index]) : index,
                  from,
                  to,
                ]),
                renderItem: whisker(colours.palette[0] ?? colours.muted),
              },
            ]),
      ],
    }),
  };
}

interface Api {
  value(dimension: number): number;
  coord(point: readonly [number, number]): readonly [number, number];
}

function whisker(colour: string): (params: unknown, api: Api) => object {
  return (_params, api) => {
    const [x, top] = api.coord([api.value(0), api.value(2)]);
    const [, bottom] = api.coord([api.value(0), api.value(1)]);
    return {
      type: 'line',
      shape: { x1: x, x2: x, y1: top, y2: bottom },
      style: { stroke: colour, lineWidth: 5, opacity: 0.22 },
    };
  };
}

/** Two columns: a cell per pair of values; cells without rows near them are marked, because there the model guesses. */
export function surfaceDrawing(result: PartialDependenceResult, target: string): Drawing {
  const [left, right] = result.axes;
  const { output, surface, support } = result;
  const rows = left?.grid ?? [];
  const columns = right?.grid ?? [];
  const cells = rows.flatMap((_, i) =>
    columns.map((__, j) => ({ i, j, value: surface?.[i]?.[j] ?? Number.NaN, rows: support?.[i]?.[j] ?? 0 })),
  );
  const values = cells.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const name = left?.column ?? '';
  const other = right?.column ?? '';
  const empty = cells.filter((cell) => cell.rows === 0).length;
  return {
    label: `Effect of ${name} and ${other} together`,
    hint: `Mean ${spaceName(output, target)}; a stronger colour is more. Cells with a ring have no row near them`,
    summary: `From ${spaceNumber(low, output)} to ${spaceNumber(high, output)}; ${plural(empty, 'cell')} of ${cells.length} without rows near.`,
    table: {
      columns: [name, other, 'Mean prediction', 'Rows near it'],
      rows: cells.map((cell) => [
        cellText(rows[cell.i]),
        cellText(columns[cell.j]),
        spaceNumber(cell.value, output),
        cell.rows,
      ]),
    },
    option: (colours) => ({
      grid: { ...GRID, bottom: 32 },
      xAxis: {
        type: 'category',
        data: rows.map((value) => cellText(value)),
        name,
        nameLocation: 'middle',
        nameGap: 30,
        axisLabel: { hideOverlap: true },
      },
      yAxis: {
        type: 'category',
        data: columns.map((value) => cellText(value)),
        name: other,
        nameTextStyle: { align: 'left' },
      },
      visualMap: {
        show: false,
        min: low,
        max: high === low ? low + 1 : high,
        dimension: 2,
        inRange: { color: [colours.surface, colours.palette[0]] },
      },
      tooltip: {
        formatter: ({ dataIndex }: TipParams) => {
          const cell = cells[dataIndex];
          return cell
            ? tip(
                `${name} = ${cellText(rows[cell.i])}, ${other} = ${cellText(columns[cell.j])}`,
                `Mean ${spaceNumber(cell.value, output)}`,
                cell.rows === 0 ? 'No row near it: the model guesses' : `${plural(cell.rows, 'row')} near it`,
              )
            : '';
        },
      },
      series: [
        {
          type: 'heatmap',
          data: cells.map(({ i, j, value, rows: near }) => ({
            value: [i, j, value],
            label: { show: near === 0, formatter: '○', fontSize: 10, color: colours.text },
          })),
          itemStyle: { borderColor: colours.line, borderWidth: 0.5 },
        },
      ],
    }),
  };
}

export const MOST_PAIRS = 15;

/** Pairs that do anything together beyond rounding. */
export function workingPairs({ pairs }: InteractionsResult): InteractionsResult['pairs'] {
  return pairs.filter(({ size }) => size > NOTHING);
}

export function interactionsDrawing(result: InteractionsResult, target: string): Drawing {
  const pairs = workingPairs(result).slice(0, MOST_PAIRS);
  const first = pairs[0];
  const word = (pair: (typeof pairs)[number]): string => `${pair.left} × ${pair.right}`;
  const { output } = result;
  return {
    label: 'Columns that work together',
    hint: `What two columns do together that neither does alone; mean size in ${spaceName(output, target)}`,
    summary: first
      ? `${first.left} and ${first.right} work together most, ${spaceNumber(first.size, output)} on average.`
      : 'No pair does anything together: the effects of the columns simply add up.',
    table: {
      columns: ['First', 'Second', 'Size', "Friedman's H"],
      rows: result.pairs.map(({ left, right, size, strength }) => [
        left,
        right,
        spaceNumber(size, output),
        formatScore(strength),
      ]),
    },
    option: (colours) => ({
      grid: { ...GRID, right: 24, top: 8 },
      xAxis: valueAxis('Size of the joint effect', { min: 0 }),
      yAxis: {
        type: 'category',
        inverse: true,
        data: pairs.map(word),
        axisLabel: { width: 190, overflow: 'truncate', color: colours.text },
      },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const pair = pairs[dataIndex];
          return pair
            ? tip(word(pair), spaceNumber(pair.size, output), `H ${formatScore(pair.strength)}`)
            : '';
        },
      },
      series: [
        {
          type: 'bar',
          name: 'Size',
          data: pairs.map(({ size }) => size),
          barMaxWidth: 16,
          itemStyle: { borderRadius: [0, 3, 3, 0] },
        },
      ],
    }),
  };
}
