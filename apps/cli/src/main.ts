import { run } from './run.js';

const interruption = new AbortController();
// A second Ctrl-C ends the program at once.
process.once('SIGINT', () => interruption.abort());

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), {
  // Not opened before it is needed: an open terminal would keep the program alive.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interruption.signal,
});
