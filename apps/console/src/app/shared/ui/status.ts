import type { IconName } from './icons';

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'error';

export interface StatusLook {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly word: string;
  readonly spin?: boolean;
}

const queued: StatusLook = { icon: 'clock', tone: 'neutral', word: 'Queued' };
const done: StatusLook = { icon: 'check-circle', tone: 'success', word: 'Succeeded' };
const failed: StatusLook = { icon: 'cross-circle', tone: 'error', word: 'Failed' };
const busy = (word: string): StatusLook => ({ icon: 'running', tone: 'info', word, spin: true });

/** State is colour, icon and word, the same everywhere. Red is for failure or data loss only. */
export const STATUS_LOOKS = {
  queued,
  running: busy('Running'),
  paused: { icon: 'pause', tone: 'warning', word: 'Paused' },
  processing: busy('Processing'),
  starting: busy('Starting'),
  stopping: busy('Stopping'),
  building: busy('Preparing'),
  succeeded: done,
  done: { ...done, word: 'Done' },
  ready: { ...done, word: 'Ready' },
  idle: { icon: 'moon', tone: 'neutral', word: 'Asleep' },
  ok: { ...done, word: 'OK' },
  failed,
  error: { ...failed, word: 'Not working' },
  cancelled: { icon: 'slash-circle', tone: 'neutral', word: 'Cancelled' },
  skipped: { icon: 'dash-circle', tone: 'neutral', word: 'Skipped' },
  stopped: { icon: 'stop', tone: 'neutral', word: 'Stopped' },
  missing: { icon: 'dash-circle', tone: 'warning', word: 'Not there' },
  stale: { icon: 'dot', tone: 'warning', word: 'Stale' },
  flagged: { icon: 'warning', tone: 'warning', word: 'Flagged' },
  unhealthy: { icon: 'warning', tone: 'warning', word: 'Not answering' },
  degraded: { icon: 'warning', tone: 'warning', word: 'Limited' },
  steady: { ...done, word: 'Steady' },
  watch: { icon: 'eye', tone: 'info', word: 'Watch' },
  drifted: { icon: 'warning', tone: 'warning', word: 'Drifted' },
  'not-enough-data': { icon: 'circle', tone: 'neutral', word: 'Not enough data' },
  'needs-you': { icon: 'hand', tone: 'warning', word: 'Needs you' },
  pending: { icon: 'clock', tone: 'warning', word: 'Pending' },
  firing: { icon: 'bell', tone: 'error', word: 'Firing' },
  resolved: { ...done, word: 'Resolved' },
  'no-data': { icon: 'dash-circle', tone: 'neutral', word: 'Not enough data' },
  retrying: { icon: 'refresh', tone: 'warning', word: 'Trying again' },
  sent: { ...done, word: 'Sent' },
  unsent: { icon: 'dash-circle', tone: 'neutral', word: 'Not sent' },
  active: { ...done, word: 'Active' },
  expired: { icon: 'clock', tone: 'warning', word: 'Expired' },
  revoked: { icon: 'slash-circle', tone: 'neutral', word: 'Revoked' },
  available: { icon: 'circle', tone: 'info', word: 'Available' },
  'not-started': { icon: 'circle', tone: 'neutral', word: 'Not started' },
} as const satisfies Record<string, StatusLook>;

export type StatusName = keyof typeof STATUS_LOOKS;

const LOOKS: Readonly<Record<string, StatusLook>> = STATUS_LOOKS;

/** A status that the console does not know yet is still shown, in its own words. */
export function statusLook(status: string): StatusLook {
  return (
    LOOKS[status] ??
    LOOKS[status.replaceAll('_', '-')] ?? {
      icon: 'dot',
      tone: 'neutral',
      word: status.replaceAll(/[-_]/g, ' '),
    }
  );
}
