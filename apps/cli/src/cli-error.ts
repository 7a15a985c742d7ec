/** Exit codes of the program; scripts decide by them, so they never change their meaning. */
export const EXIT = {
  ok: 0,
  /** The installation refused, or the work failed. */
  failed: 1,
  /** The command itself is wrong: unknown option, missing file, a name that means several things. */
  usage: 2,
  /** The installation does not answer, or does not know the caller. */
  unreachable: 3,
  /** Ctrl-C, as shells expect it. */
  interrupted: 130,
} as const;

export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
  readonly suggestion?: string;
}

export interface CliErrorDetails {
  readonly exitCode?: number;
  readonly detail?: string;
  readonly advice?: string;
  readonly code?: string;
  readonly status?: number;
  readonly requestId?: string;
  readonly errors?: readonly FieldError[];
  /** Seconds that the installation asks to wait. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An end with a reason; `message` is its title. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(
    message: string,
    readonly details: CliErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.exitCode = details.exitCode ?? EXIT.failed;
  }
}

export const usageError = (message: string, advice?: string): CliError =>
  new CliError(message, { exitCode: EXIT.usage, advice, code: 'usage' });

/** The form of an error for people: title, detail, fields, what to do, request id. */
export function describeError(error: CliError): string {
  const { code, detail, advice, requestId, errors = [] } = error.details;
  const lines = [`error: ${error.message}${code && code !== 'usage' ? ` (${code})` : ''}`];
  if (detail && detail !== error.message) lines.push(...detail.split('\n').map((line) => `  ${line}`));
  for (const field of errors) {
    const suggestion = field.suggestion ? ` Did you mean: ${field.suggestion}` : '';
    lines.push(`  - ${field.pointer}: ${field.detail}${suggestion}`);
  }
  if (advice) lines.push(`  what to do: ${advice}`);
  if (requestId) lines.push(`  request id: ${requestId}`);
  return `${lines.join('\n')}\n`;
}

/** The form of an error for programs (`--json`): one document on standard error. */
export function errorDocument(error: CliError): string {
  const { cause: _cause, exitCode: _exitCode, ...details } = error.details;
  return `${JSON.stringify({ error: { title: error.message, exitCode: error.exitCode, ...details } })}\n`;
}
