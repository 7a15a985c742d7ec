import { QueryFailedError } from 'typeorm';

interface PostgresError {
  readonly code?: string;
  readonly constraint?: string;
}

function postgresError(error: unknown): PostgresError | undefined {
  const inner: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return typeof inner === 'object' && inner !== null && 'code' in inner
    ? (inner as PostgresError)
    : undefined;
}

/** Whether a statement failed on a unique constraint, on the named one if a name is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return violates(error, '23505', constraint);
}

/** Whether a statement failed because another row refers to this one, or the row it refers to is gone. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return violates(error, '23503', constraint);
}

function violates(error: unknown, code: string, constraint: string | undefined): boolean {
  const found = postgresError(error);
  return found?.code === code && (constraint === undefined || found.constraint === constraint);
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const CONNECTION_WORDS =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|connection is closed/i;

/** Whether the database could not be reached or went away in the middle; the statement may or may not have happened. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const fromDatabase =
    error instanceof QueryFailedError || (error instanceof Error && isDriverConnectError(error));
  if (!fromDatabase) return false;
  const { code } = postgresError(error) ?? {};
  // 55000 of a new connection: the database accepts none just now. A statement's own 55000 is a fault of the statement.
  if (code === '55000') return !(error instanceof QueryFailedError);
  // 08: connection exception, 57P01-03: shut down or starting, 53300: no more connections.
  if (
    code !== undefined &&
    (code.startsWith('08') || code.startsWith('57P') || code === '53300' || CONNECTION_CODES.has(code))
  )
    return true;
  return error instanceof Error && CONNECTION_WORDS.test(error.message);
}

/** Errors of the driver itself carry no SQLSTATE; they come from `pg` or its pool before any statement ran. */
function isDriverConnectError(error: Error): boolean {
  const syscall = 'syscall' in error ? error.syscall : undefined;
  return (
    CONNECTION_WORDS.test(error.message) ||
    (syscall === 'connect' && /:5\d{3}\b|\.s\.PGSQL|ECONNREFUSED/.test(error.message)) ||
    ('severity' in error && 'code' in error)
  );
}

/** Whether a statement was given up for time or for a lock; the caller may try again. */
export function isTimeoutOrLock(error: unknown): boolean {
  const { code } = postgresError(error) ?? {};
  return code === '57014' || code === '55P03' || code === '40P01' || code === '40001';
}

/** Whether Postgres cannot hold a value: a NUL in a text, a number out of range. Class 22, and 54000 for limits. */
export function isUnstorableValue(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code } = postgresError(error) ?? {};
  return code !== undefined && (code.startsWith('22') || code.startsWith('54'));
}
