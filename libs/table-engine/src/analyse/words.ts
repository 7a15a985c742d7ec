export const quoted = (name: string): string => `"${name}"`;

export function percent(share: number): string {
  const value = share * 100;
  if (value > 99 && value < 100) return `${Math.min(99.9, Number(value.toFixed(1)))} %`;
  return `${value >= 10 || value === 0 ? Math.round(value) : value.toPrecision(2)} %`;
}

export function rowsText(count: number): string {
  return count === 1 ? '1 row' : `${count.toLocaleString('en-US')} rows`;
}

export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map(quoted).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A number as people write it: at most six significant digits. */
export const figure = (value: number): string => String(Number(value.toPrecision(6)));
