/** What the program reads from and writes to; tests bring their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Results, and nothing else. */
  readonly stdout: Output;
  /** Progress, questions and problems. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
