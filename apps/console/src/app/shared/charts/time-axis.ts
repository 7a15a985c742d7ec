/** A step of a time axis in one weight: which tick is a full hour or day, its words say. */
const PLAIN = { fontWeight: 'normal' } as const;

/** Along time, with the first label kept off that of the vertical axis. */
export const TIME_AXIS = {
  type: 'time',
  axisLabel: { hideOverlap: true, margin: 10, rich: { primary: PLAIN } },
} as const;

const DAY_MS = 86_400_000;

/** Along days: a point a day has no hours. */
export const DAY_AXIS = { ...TIME_AXIS, minInterval: DAY_MS } as const;
