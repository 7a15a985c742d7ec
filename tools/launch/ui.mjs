/** Progress on the terminal: one line per step, a spinner where there is a terminal, plain lines where there is none. */
import { createInterface } from 'node:readline/promises';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[2K';

/** A failure whose message is meant for the person at the terminal: it is printed without a stack. */
export class LaunchError extends Error {
  /**
   * @param {string} message what happened
   * @param {{ advice?: string, detail?: string, cause?: unknown }} [options] what to do; the last lines of a log
   */
  constructor(message, options = {}) {
    super(message, { cause: options.cause });
    this.name = 'LaunchError';
    this.advice = options.advice ?? null;
    this.detail = options.detail ?? null;
  }
}

/** @param {number} milliseconds */
export function formatDuration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
}

/**
 * @param {{ output?: NodeJS.WriteStream, input?: NodeJS.ReadStream, assumeYes?: boolean }} [options]
 */
export function createUi({ output = process.stdout, input = process.stdin, assumeYes = false } = {}) {
  const interactive = Boolean(output.isTTY);
  const paint = (code, text) =>
    interactive && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
  let active = null;

  const draw = () => {
    if (!active || !interactive) return;
    const frame = FRAMES[Math.floor(Date.now() / 90) % FRAMES.length];
    const seconds = formatDuration(Date.now() - active.startedAt);
    const detail = active.detail === '' ? '' : paint(2, `  ${active.detail}`);
    const width = Math.max(20, (output.columns ?? 100) - 14 - active.title.length);
    const shown = active.detail.length > width ? paint(2, `  ${active.detail.slice(0, width)}…`) : detail;
    output.write(`${CLEAR_LINE}${paint(36, frame)} ${active.title} ${paint(2, seconds)}${shown}`);
  };

  const write = (line) => {
    if (interactive && active) output.write(CLEAR_LINE);
    output.write(`${line}\n`);
    draw();
  };

  const endStep = (step, mark, colour, note) => {
    if (active === step) active = null;
    clearInterval(step.timer);
    if (interactive) output.write(CLEAR_LINE);
    const took = formatDuration(Date.now() - step.startedAt);
    output.write(`${paint(colour, mark)} ${note ?? step.title} ${paint(2, `(${took})`)}\n`);
  };

  return {
    interactive,
    paint,
    /** Prints one line. */
    say: (line = '') => write(line),
    /** Prints a line that wants attention. */
    warn: (line) => write(`${paint(33, '!')} ${line}`),
    /**
     * Starts a step; end it with `done`, `skip` or `fail`.
     * @param {string} title
     */
    step(title) {
      const step = { title, detail: '', startedAt: Date.now(), timer: undefined };
      active = step;
      if (interactive) {
        step.timer = setInterval(draw, 120);
        step.timer.unref();
        draw();
      } else {
        output.write(`- ${title} …\n`);
      }
      return {
        /** Shows what the step is doing now (terminals only: a log gets one line per step). */
        update(detail) {
          step.detail = String(detail).trim();
        },
        done: (note) => endStep(step, '✓', 32, note),
        skip: (note) => endStep(step, '–', 33, note),
        fail: (note) => endStep(step, '✗', 31, note),
      };
    },
    /**
     * Asks a yes/no question. Without a terminal, or with `--yes`, the answer is yes: the caller says what it does.
     * @param {string} question
     * @returns {Promise<boolean>}
     */
    async confirm(question) {
      if (assumeYes || !interactive || !input.isTTY) return true;
      const prompt = createInterface({ input, output });
      try {
        const answer = (await prompt.question(`${question} [Y/n] `)).trim().toLowerCase();
        return answer === '' || answer === 'y' || answer === 'yes';
      } finally {
        prompt.close();
      }
    },
    /** Prints an error for a person: message, advice, and the log lines that belong to it. */
    error(error) {
      write(`${paint(31, '✗')} ${error.message}`);
      if (error.detail) for (const line of error.detail.split('\n')) write(paint(2, `    ${line}`));
      if (error.advice) for (const line of error.advice.split('\n')) write(`  ${line}`);
    },
  };
}
