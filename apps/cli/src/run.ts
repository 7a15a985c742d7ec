/** Runs one command line and answers with its exit code. */
import { CommanderError } from 'commander';
import { CliError, describeError, errorDocument, EXIT } from './cli-error.js';
import type { Io } from './io.js';
import { buildProgram } from './program.js';
import { Session } from './session/session.js';

/** @param args without the names of program and script */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await buildProgram(new Session(io)).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const told = toCliError(error, io);
    io.stderr.write(args.includes('--json') ? errorDocument(told) : describeError(told));
    return told.exitCode;
  }
}

function toCliError(error: unknown, io: Io): CliError {
  if (error instanceof CliError && error.details.code === 'interrupted') return error;
  if (io.signal.aborted)
    return new CliError('Interrupted', { exitCode: EXIT.interrupted, code: 'interrupted', cause: error });
  if (error instanceof CliError) return error;
  return new CliError('The command line failed', {
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    advice: 'this is a fault of the program; please report it with the lines above',
  });
}
