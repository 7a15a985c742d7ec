import { formatDay } from '../format/time';

/** Along time, with the first label kept off that of the vertical axis. */
export const TIME_AXIS = {
  type: 'time',
  axisLabel: {
    hideOverlap: true,
    margin: 10,
    // Midnight among hours has to say which day begins: `22` alone reads like an hour.
    formatter: { day: '{MMM} {d}' },
  },
} as const;

const DAY_MS = 86_400_000;

/** Along days: a point a day has no hours. */
export const DAY_AXIS = {
  type: 'time',
  minInterval: DAY_MS,
  axisLabel: { ...TIME_AXIS.axisLabel, formatter: formatDay },
} as const;
