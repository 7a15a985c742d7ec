export interface StatusChoice {
  readonly id: string;
  readonly label: string;
}

/** Whole classes first: most people look for what went wrong, not for a number. */
export const STATUS_CLASSES: readonly StatusChoice[] = [
  { id: '2xx', label: '2xx answered' },
  { id: '4xx', label: '4xx refused' },
  { id: '5xx', label: '5xx failed' },
];

/** Every status that an endpoint answers with, and what it means there. */
const CODES: readonly StatusChoice[] = [
  { id: '200', label: '200 answered' },
  { id: '400', label: '400 not readable' },
  { id: '401', label: '401 key not valid' },
  { id: '403', label: '403 not allowed' },
  { id: '404', label: '404 no such endpoint or version' },
  { id: '409', label: '409 not ready' },
  { id: '413', label: '413 too large' },
  { id: '415', label: '415 unknown content type' },
  { id: '422', label: '422 rows do not fit' },
  { id: '429', label: '429 over the limit' },
  { id: '499', label: '499 caller left' },
  { id: '500', label: '500 broke' },
  { id: '502', label: '502 model server broke' },
  { id: '503', label: '503 no server free' },
  { id: '504', label: '504 took too long' },
];

/** The codes to choose from, with those that are on screen or in the URL and are not on the list. */
export function statusChoices(seen: Iterable<string>): readonly StatusChoice[] {
  const known = new Set([...STATUS_CLASSES, ...CODES].map(({ id }) => id));
  const others = [...new Set(seen)]
    .filter((id) => id !== '' && !known.has(id))
    .map((id) => ({ id, label: id }));
  return [...CODES, ...others].sort((one, other) => one.id.localeCompare(other.id));
}
