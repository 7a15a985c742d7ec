/** The tokens as plain colours: a canvas cannot read CSS variables. */
export interface ChartColours {
  readonly palette: readonly string[];
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  /** Of the card that a chart is drawn on. */
  readonly background: string;
  /** Of what floats above it. */
  readonly surface: string;
  readonly success: string;
  readonly error: string;
  readonly font: string;
}

const PALETTE_SIZE = 8;

/** @param host an element inside the page, whose colour scheme is the one to draw in */
export function readColours(host: HTMLElement): ChartColours {
  const probe = document.createElement('span');
  probe.hidden = true;
  host.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const colours: ChartColours = {
    palette: Array.from({ length: PALETTE_SIZE }, (_, index) => colour(`--mw-chart-${index + 1}`)),
    text: colour('--mat-sys-on-surface'),
    muted: colour('--mat-sys-on-surface-variant'),
    line: colour('--mat-sys-outline-variant'),
    background: colour('--mat-sys-surface'),
    surface: colour('--mat-sys-surface-container'),
    success: colour('--mw-success'),
    error: colour('--mat-sys-error'),
    font: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return colours;
}

/** An ECharts theme in the house's clothes. */
export function themeFrom(colours: ChartColours): object {
  const axis = {
    axisLine: { lineStyle: { color: colours.line } },
    axisTick: { show: false },
    axisLabel: { color: colours.muted, fontSize: 12, fontFamily: colours.font },
    nameTextStyle: { color: colours.muted, fontSize: 12, fontFamily: colours.font },
    splitLine: { lineStyle: { color: colours.line } },
  };
  return {
    color: colours.palette,
    backgroundColor: 'transparent',
    textStyle: { color: colours.text, fontFamily: colours.font, fontSize: 12 },
    categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: axis,
    // A full hour or day is told by its words, not by a heavier hand.
    timeAxis: {
      ...axis,
      axisLabel: { ...axis.axisLabel, rich: { primary: { color: colours.muted, fontWeight: 'normal' } } },
    },
    logAxis: axis,
    legend: { textStyle: { color: colours.muted }, itemWidth: 14, itemHeight: 8, icon: 'roundRect' },
    tooltip: {
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { color: colours.text, fontSize: 12, fontFamily: colours.font },
      confine: true,
    },
    visualMap: { textStyle: { color: colours.muted } },
  };
}
