/** Asking the person: hidden for secrets, from standard input when there is no terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { usageError } from '../cli-error.js';
import type { Io } from '../io.js';

/** A secret that is neither shown nor on the process list. */
export async function askSecret(io: Io, question: string): Promise<string> {
  if (!io.stdin.isTTY) return (await text(io.stdin)).trim();
  io.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: silent, terminal: true });
  try {
    return (await lines.question('', { signal: io.signal })).trim();
  } finally {
    lines.close();
    io.stderr.write('\n');
  }
}

/** @throws CliError exit code 2 when nobody can be asked and `--yes` was not given */
export async function confirmName(io: Io, name: string, what: string): Promise<void> {
  if (!io.stdin.isTTY) throw usageError(`${what} needs --yes here: nobody can be asked`);
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await lines.question(`${what}. Type its name to go on: `, { signal: io.signal });
    if (answer.trim() !== name) throw usageError('Nothing was deleted: the name is another one');
  } finally {
    lines.close();
  }
}
