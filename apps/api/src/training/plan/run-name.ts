const MAX_STEM = 40;

/** Lower-case words joined by dashes; letters of every script stay. `run` when nothing is left. */
export function slugOf(text: string): string {
  const slug = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, MAX_STEM)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'run' : slug;
}

/** The part of a run's name before its number: what is predicted and how thoroughly. */
export function runNameStem(target: string, preset: string): string {
  return `${slugOf(target)}-${preset}`;
}

/** The next free name of a stem: `churn-quick-3` after `churn-quick-2`. */
export function nextRunName(stem: string, taken: readonly string[]): string {
  const numbers = taken
    .filter((name) => name.startsWith(`${stem}-`))
    .map((name) => Number(name.slice(stem.length + 1)))
    .filter((number) => Number.isSafeInteger(number) && number > 0);
  return `${stem}-${Math.max(0, ...numbers) + 1}`;
}
