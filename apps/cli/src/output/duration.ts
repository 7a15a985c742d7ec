import { usageError } from '../cli-error.js';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a duration such as `90s`, `10m`, `1h`, `30d`; a bare number is seconds. @throws CliError exit code 2 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text.trim());
  const amount = Number(match?.[1]);
  if (!match || !(amount > 0))
    throw usageError(`"${text}" is not a duration`, 'write a number with s, m, h or d, as in 90s');
  return amount * SECONDS[(match[2] || 's') as keyof typeof SECONDS];
}
