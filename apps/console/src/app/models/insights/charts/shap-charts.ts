import type { ShapGlobalResult } from '@modelwright/sdk';
import { formatPercent, plural } from '../../../shared/format/numbers';
import type { Drawing } from '../../binary-charts';
import { GRID, tip, upAxis, valueAxis } from '../../chart-parts';
import { NOTHING, cellText, signed, spaceName, spaceNumber } from './output-words';

type Column = ShapGlobalResult['columns'][number];
type Point = Column['points'][number];

interface TipParams {
  readonly dataIndex: number;
}

const LABELS = { width: 140, overflow: 'truncate' } as const;

export function meanContributionDrawing(result: ShapGlobalResult, target: string, most: number): Drawing {
  const shown = result.columns.slice(0, most);
  const first = shown[0];
  const { output } = result;
  return {
    label: 'Mean contribution of the columns',
    hint: `How far a column moves a prediction on average, up or down; in ${spaceName(output, target)}`,
    summary: moves(first)
      ? `${first.column} moves predictions most: ${spaceNumber(first.meanAbsolute, output)} on average, ${formatPercent(first.share)} of all movement.`
      : 'No column moves a prediction: this model says the same to every row.',
    table: {
      columns: ['Column', 'Mean size', 'Mean with sign', 'Share'],
      rows: result.columns.map(({ column, meanAbsolute, mean, share }) => [
        column,
        spaceNumber(meanAbsolute, output),
        signed(mean, output),
        formatPercent(share),
      ]),
    },
    option: (colours) => ({
      grid: { ...GRID, right: 24, top: 8 },
      xAxis: valueAxis('Mean size of the contribution', { min: 0 }),
      yAxis: {
        type: 'category',
        inverse: true,
        data: shown.map(({ column }) => column),
        axisLabel: { ...LABELS, color: colours.text },
      },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const one = shown[dataIndex];
          return one
            ? tip(one.column, spaceNumber(one.meanAbsolute, output), `${formatPercent(one.share)} of all`)
            : '';
        },
      },
      series: [
        {
          type: 'bar',
          name: 'Mean size',
          data: shown.map(({ meanAbsolute }) => meanAbsolute),
          barMaxWidth: 16,
          itemStyle: { borderRadius: [0, 3, 3, 0] },
        },
      ],
    }),
  };
}

/** Whether the most important column does anything at all. */
function moves(column: Column | undefined): column is Column {
  return column !== undefined && column.meanAbsolute > NOTHING;
}

/** One point of the beeswarm: its place, and which column and point it stands for. */
interface Dot {
  readonly x: number;
  readonly y: number;
  readonly column: Column;
  readonly point: Point;
}

const BINS = 60;
const SPREAD = 0.38;

/**
 * Points of a column beside each other where many have the same contribution, as wide as the fullest place of the
 * column allows; the same input gives the same drawing.
 */
export function swarm(contributions: readonly number[]): readonly number[] {
  const low = Math.min(...contributions);
  const width = (Math.max(...contributions) - low) / BINS || 1;
  const binOf = (value: number): number => Math.floor((value - low) / width);
  const sizes = new Map<number, number>();
  const places = contributions.map((value) => {
    const bin = binOf(value);
    const place = sizes.get(bin) ?? 0;
    sizes.set(bin, place + 1);
    return place;
  });
  const fullest = Math.max(...sizes.values(), 1);
  // 0, +1, −1, +2, −2: outwards from the middle.
  return places.map(
    (place) => (((place % 2 === 1 ? 1 : -1) * Math.ceil(place / 2)) / (fullest / 2 || 1)) * SPREAD,
  );
}

const MOST_DOTS = 5000;

export function beeswarmDrawing(result: ShapGlobalResult, target: string, most: number): Drawing {
  const drawn = result.columns.filter(({ points }) => points.length > 0).slice(0, most);
  const each = Math.max(20, Math.floor(MOST_DOTS / Math.max(1, drawn.length)));
  const dots = drawn.flatMap((column, row): Dot[] => {
    const points = thin(column.points, each);
    const offsets = swarm(points.map(({ contribution }) => contribution));
    return points.map((point, index) => ({
      x: point.contribution,
      y: row + (offsets[index] ?? 0),
      column,
      point,
    }));
  });
  const first = drawn[0];
  const { output } = result;
  return {
    label: 'Contributions row by row',
    hint: 'Each dot is a held-out row, at most a few hundred of them; right pushes the output up. Colour: from low to high values of the column; grey has no order',
    summary: moves(first)
      ? `A dot for each of ${plural(Math.max(...drawn.map(({ points }) => Math.min(points.length, each))), 'row')}, in ${plural(drawn.length, 'column')}; ${direction(first)}`
      : 'All contributions are zero.',
    table: {
      columns: ['Column', 'Value', 'Contribution'],
      rows: dots.map(({ column, point }) => [
        column.column,
        cellText(point.value),
        signed(point.contribution, output),
      ]),
    },
    option: (colours) => ({
      grid: { ...GRID, right: 24, top: 8 },
      xAxis: valueAxis(`Contribution to ${spaceName(output, target)}`, { axisLine: { onZero: false } }),
      yAxis: {
        type: 'value',
        inverse: true,
        min: -0.5,
        max: drawn.length - 0.5,
        interval: 1,
        axisLine: { show: false },
        axisLabel: {
          ...LABELS,
          color: colours.text,
          customValues: drawn.map((_, index) => index),
          formatter: (value: number) => drawn[value]?.column ?? '',
        },
        axisTick: { show: false },
        splitLine: { show: false },
      },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const dot = dots[dataIndex];
          return dot
            ? tip(
                `${dot.column.column} = ${cellText(dot.point.value)}`,
                signed(dot.point.contribution, output),
              )
            : '';
        },
      },
      series: [
        {
          type: 'scatter',
          name: 'Rows',
          symbolSize: 5,
          progressive: 0,
          data: dots.map(({ x, y, point }) => ({
            value: [x, y],
            itemStyle: { color: shade(point.position, colours), opacity: 0.7 },
          })),
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.muted, type: 'solid', width: 1 },
            data: [{ xAxis: 0 }],
          },
        },
      ],
    }),
  };
}

/** Contribution of one column by its value: for numbers along the axis, else one column of dots per value. */
export function contributionScatterDrawing(result: ShapGlobalResult, name: string, target: string): Drawing {
  const column = result.columns.find((one) => one.column === name);
  const points = column?.points ?? [];
  const isNumeric = points.every(({ value }) => value === null || typeof value === 'number');
  const categories = [...new Set(points.map(({ value }) => cellText(value)))].sort();
  const { output } = result;
  const data = points.flatMap((point): (readonly [number, number, Point])[] => {
    if (!isNumeric) return [[categories.indexOf(cellText(point.value)), point.contribution, point]];
    return typeof point.value === 'number' ? [[point.value, point.contribution, point]] : [];
  });
  const offsets = isNumeric ? [] : swarmByGroup(data);
  const missing = points.length - data.length;
  return {
    label: `Contribution of ${name} by its value`,
    hint: `A dot per held-out row; in ${spaceName(output, target)}`,
    summary: `${column ? direction(column) : 'Nothing was computed for this column.'}${
      missing > 0
        ? ` ${plural(missing, 'row')} without a value ${missing === 1 ? 'is' : 'are'} not drawn.`
        : ''
    }`,
    table: {
      columns: [name, 'Contribution'],
      rows: points.map(({ value, contribution }) => [cellText(value), signed(contribution, output)]),
    },
    option: (colours) => ({
      grid: GRID,
      xAxis: isNumeric
        ? valueAxis(name, { scale: true })
        : {
            type: 'value',
            min: -0.5,
            max: categories.length - 0.5,
            interval: 1,
            splitLine: { show: false },
            axisLabel: {
              customValues: categories.map((_, index) => index),
              formatter: (value: number) => categories[value] ?? '',
              width: 90,
              overflow: 'truncate',
            },
          },
      yAxis: upAxis(`Contribution`, { scale: true }),
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const point = data[dataIndex]?.[2];
          return point ? tip(`${name} = ${cellText(point.value)}`, signed(point.contribution, output)) : '';
        },
      },
      series: [
        {
          type: 'scatter',
          name: 'Rows',
          symbolSize: 6,
          data: data.map(([x, y], index) => [x + (offsets[index] ?? 0), y]),
          itemStyle: { opacity: 0.55 },
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.muted, type: 'dashed', width: 1 },
            data: [{ yAxis: 0 }],
          },
        },
      ],
    }),
  };
}

function swarmByGroup(data: readonly (readonly [number, number, Point])[]): readonly number[] {
  const offsets = new Array<number>(data.length).fill(0);
  for (const group of new Set(data.map(([x]) => x))) {
    const members = data.flatMap(([x, y], index) => (x === group ? [[index, y] as const] : []));
    swarm(members.map(([, y]) => y)).forEach((offset, at) => {
      const index = members[at]?.[0];
      if (index !== undefined) offsets[index] = offset;
    });
  }
  return offsets;
}

function thin<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.ceil(items.length / most);
  return step <= 1 ? items : items.filter((_, index) => index % step === 0);
}

/** In words: whether high values of an ordered column push up or down. */
export function direction({ column, points }: Column): string {
  const ordered = points.flatMap(({ position, contribution }) =>
    position === null ? [] : [[position, contribution] as const],
  );
  const mean = (part: readonly (readonly [number, number])[]): number =>
    part.reduce((sum, [, contribution]) => sum + contribution, 0) / Math.max(1, part.length);
  const low = ordered.filter(([position]) => position < 1 / 3);
  const high = ordered.filter(([position]) => position > 2 / 3);
  if (points.every(({ contribution }) => Math.abs(contribution) < NOTHING))
    return `${column} moves no prediction.`;
  if (low.length === 0 || high.length === 0) return `${column} has values without an order.`;
  return mean(high) > mean(low)
    ? `High values of ${column} push the output up, low ones down.`
    : `High values of ${column} push the output down, low ones up.`;
}

function shade(
  position: number | null,
  { palette, muted }: { readonly palette: readonly string[]; readonly muted: string },
): string {
  if (position === null) return muted;
  return mix(palette[0] ?? muted, palette[1] ?? muted, position);
}

/** A colour between two, both as the browser computes them (`rgb(…)`). */
function mix(low: string, high: string, share: number): string {
  const parts = (colour: string): readonly number[] =>
    (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const [from, to] = [parts(low), parts(high)];
  const channel = (index: number): number =>
    Math.round((from[index] ?? 0) * (1 - share) + (to[index] ?? 0) * share);
  return `rgb(${channel(0)}, ${channel(1)}, ${channel(2)})`;
}
