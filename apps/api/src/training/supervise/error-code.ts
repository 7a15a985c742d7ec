/** The code of an error of Node, as in `ENOENT`; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  const known =
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
  return known ? (error as { code: string }).code : undefined;
}
