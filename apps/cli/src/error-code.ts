/** The code of an error of the system or the network, as in `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  const known = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof known === 'string' ? known : undefined;
}
