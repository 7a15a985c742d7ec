/** What says that a disk or its quota is full: Node, the artifact store and the table engine, Postgres (53100). */
const CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'out-of-space', '53100']);

/** Whether something failed for want of room, here or in what caused it. */
export function isOutOfSpace(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && typeof error.code === 'string' && CODES.has(error.code)) return true;
  return 'cause' in error && isOutOfSpace(error.cause);
}
