import type { Explanation } from '@modelwright/sdk';
import { formatNumber, formatPercent } from '../../../shared/format/numbers';
import type { Drawing } from '../../binary-charts';
import { GRID, tip, valueAxis } from '../../chart-parts';
import { NOTHING, cellText, signed, spaceName, spaceNumber } from './output-words';

export interface Step {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly contribution: number;
}

interface TipParams {
  readonly dataIndex: number;
}

/**
 * From the base to the prediction, one step per column, largest first; what is beyond `most` is one last step.
 * The steps add up exactly: the last one ends at the sum of the explanation.
 */
export function waterfallSteps({ base, sum, contributions }: Explanation, most: number): readonly Step[] {
  const shown = contributions.length > most ? contributions.slice(0, most - 1) : contributions;
  let at = base;
  const steps = shown.map(({ column, value, contribution }): Step => {
    const from = at;
    at += contribution;
    return { label: `${column} = ${cellText(value)}`, from, to: at, contribution };
  });
  const rest = contributions.length - shown.length;
  if (rest === 0) return steps;
  return [...steps, { label: `${rest} other columns`, from: at, to: sum, contribution: sum - at }];
}

/** The prediction in its natural unit. */
export function predictedText({ predicted, output }: Explanation, target: string): string {
  if (output.label === null) return `${target} ${formatNumber(predicted)}`;
  return `“${output.label}” with ${formatPercent(predicted)}`;
}

export function waterfallDrawing(explanation: Explanation, target: string, most = 12): Drawing {
  const { base, sum, output } = explanation;
  const steps = waterfallSteps(explanation, most);
  const name = spaceName(output, target);
  const first = steps[0];
  const value = (number: number): string => spaceNumber(number, output);
  return {
    label: 'Contributions to this prediction',
    hint: `From the average output, ${value(base)}, to this row's, ${value(sum)}; in ${name}`,
    summary:
      first && Math.abs(first.contribution) > NOTHING
        ? `The model says ${predictedText(explanation, target)}. ${first.label} moves it most, ${signed(first.contribution, output)}.`
        : `The model says ${predictedText(explanation, target)}.`,
    table: {
      columns: ['Column', 'Contribution', 'Sum so far'],
      rows: [
        ['Average output', '', value(base)],
        ...steps.map(({ label, contribution, to }) => [label, signed(contribution, output), value(to)]),
      ],
    },
    option: (colours) => ({
      grid: { ...GRID, right: 56, top: 8 },
      xAxis: valueAxis(name, {
        scale: true,
        splitNumber: 4,
        axisLabel: { formatter: value, hideOverlap: true },
      }),
      yAxis: {
        type: 'category',
        inverse: true,
        data: steps.map(({ label }) => label),
        axisLabel: { width: 150, overflow: 'truncate', color: colours.text },
      },
      tooltip: {
        trigger: 'item',
        formatter: ({ dataIndex }: TipParams) => {
          const step = steps[dataIndex];
          return step
            ? tip(step.label, signed(step.contribution, output), `${value(step.from)} to ${value(step.to)}`)
            : '';
        },
      },
      series: [
        {
          type: 'custom',
          name: 'Contribution',
          encode: { x: [1, 2], y: 0 },
          data: steps.map(({ from, to }, index) => [index, from, to]),
          renderItem: bar(steps, output, {
            up: colours.palette[0] ?? colours.text,
            down: colours.palette[1] ?? colours.text,
            text: colours.muted,
            line: colours.muted,
            font: colours.font,
          }),
          markLine: {
            silent: true,
            symbol: 'none',
            animation: false,
            label: { show: false },
            lineStyle: { color: colours.muted, type: 'dashed', width: 1 },
            data: [{ xAxis: base }],
          },
        },
      ],
    }),
  };
}

interface Brushes {
  readonly up: string;
  readonly down: string;
  readonly text: string;
  readonly line: string;
  readonly font: string;
}

interface Api {
  value(dimension: number): number;
  coord(point: readonly [number, number]): readonly [number, number];
  size(point: readonly [number, number]): readonly [number, number];
}

/** A floating bar with its signed number beside it: the direction is in the sign too, not in the colour alone. */
function bar(
  steps: readonly Step[],
  output: Explanation['output'],
  brushes: Brushes,
): (params: unknown, api: Api) => object {
  return (_params, api) => {
    const index = api.value(0);
    const [left, y] = api.coord([Math.min(api.value(1), api.value(2)), index]);
    const [right] = api.coord([Math.max(api.value(1), api.value(2)), index]);
    const [end] = api.coord([api.value(2), index]);
    const height = Math.min(18, api.size([0, 1])[1] * 0.66);
    const contribution = steps[index]?.contribution ?? 0;
    const next = index + 1 < steps.length ? api.coord([api.value(2), index + 1])[1] : y;
    return {
      type: 'group',
      children: [
        {
          type: 'rect',
          shape: { x: left, y: y - height / 2, width: Math.max(2, right - left), height, r: 2 },
          style: { fill: contribution >= 0 ? brushes.up : brushes.down },
        },
        {
          type: 'line',
          shape: { x1: end, x2: end, y1: y + height / 2, y2: next - height / 2 },
          style: { stroke: brushes.line, lineWidth: next > y ? 1 : 0, opacity: 0.5 },
        },
        {
          type: 'text',
          style: {
            x: right + 6,
            y,
            text: signed(contribution, output),
            fill: brushes.text,
            font: `12px ${brushes.font}`,
            textVerticalAlign: 'middle',
          },
        },
      ],
    };
  };
}
