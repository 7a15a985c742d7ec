import type { ChartColours } from '../shared/charts/chart-theme';

type Axis = Readonly<Record<string, unknown>>;

/** A tooltip as an element: names of columns and classes come from the user's data and are text, never HTML. */
export function tip(...lines: readonly string[]): HTMLElement {
  const box = document.createElement('div');
  for (const line of lines) {
    const row = document.createElement('div');
    row.textContent = line;
    box.append(row);
  }
  return box;
}

export const GRID = { left: 8, right: 16, top: 28, bottom: 28, containLabel: true };

export function valueAxis(name: string, more: Axis = {}): Axis {
  return { type: 'value', name, nameLocation: 'middle', nameGap: 30, ...more };
}

/** The vertical axis names itself above its top, where it needs no turned text. */
export function upAxis(name: string, more: Axis = {}): Axis {
  return {
    type: 'value',
    name,
    nameLocation: 'end',
    nameGap: 10,
    nameTextStyle: { align: 'left' },
    ...more,
  };
}

export const SHARE = { min: 0, max: 1 } as const;

/** A dashed reference, such as what guessing would reach. */
export function reference(
  colours: ChartColours,
  name: string,
  data: readonly (readonly [number, number])[],
): Axis {
  return {
    type: 'line',
    name,
    data,
    silent: true,
    symbol: 'none',
    lineStyle: { type: 'dashed', width: 1.5, color: colours.muted },
    itemStyle: { color: colours.muted },
    tooltip: { show: false },
  };
}
