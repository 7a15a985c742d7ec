import { formatDuration } from '../shared/format/numbers';

/** @param ms milliseconds, null when nothing was measured yet */
export function latencyText(ms: number | null): string {
  return formatDuration(ms === null ? null : ms / 1000);
}
