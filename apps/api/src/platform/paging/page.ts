import { z } from 'zod';
import { isUuid } from '../authorization/uuid.js';
import { Problem } from '../problems/problem.js';

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Items per page.'),
  cursor: z.string().max(500).optional().describe('`nextCursor` of the page before.'),
});
export type PageQuery = z.infer<typeof PageQuery>;

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

/** The response schema of a list. */
export function pageOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .object({ items: z.array(item), nextCursor: z.string().nullable().describe('Null on the last page.') })
    .meta({ id });
}

/** Cursors are opaque to callers: the sort key of the last item, base64url JSON. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

export function decodeCursor(cursor: string | undefined, length: number): (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const fits =
      Array.isArray(position) &&
      position.length === length &&
      position.every((part) => typeof part === 'string' || typeof part === 'number');
    if (fits) return position;
  } catch (cause) {
    throw invalidCursor(cause);
  }
  throw invalidCursor();
}

/** For lists in the order of their UUIDv7 ids: the id after which the page begins. */
export function decodeIdCursor(cursor: string | undefined): string | undefined {
  const position = decodeCursor(cursor, 1);
  if (position === undefined) return undefined;
  const [id] = position;
  if (typeof id !== 'string' || !isUuid(id)) throw invalidCursor();
  return id;
}

function invalidCursor(cause?: unknown): Problem {
  return new Problem(
    'invalid-request',
    'The cursor is not one that this list gave out. Start again without a cursor.',
    {
      cause,
      errors: [{ pointer: '#/cursor', detail: 'not a cursor of this list' }],
    },
  );
}

/** Cuts a list fetched with limit + 1 into a page. */
export function toPage<R, T>(
  rows: R[],
  limit: number,
  position: (row: R) => (string | number)[],
  map: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(map),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null,
  };
}
