/** What the quick start shows: steps with console links, and the leaderboard while it fills. */

const COLOURS = { dim: 2, bold: 1, green: 32, yellow: 33 };

/** Characters that would steer the terminal are not printed: names of columns come from the uploaded file. */
const plain = (text) => String(text).replace(/\p{Cc}/gu, ' ');

export function createTerminal(out = process.stdout, env = process.env) {
  const coloured = Boolean(out.isTTY) && !env.NO_COLOR;
  const paint = (colour, text) => (coloured ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
  const line = (text = '') => out.write(`${text}\n`);
  let step = 0;
  return {
    line: (text = '') => line(plain(text)),
    /** A block that is meant to be copied as it is. */
    block: (text) => line(text.replace(/^/gm, '    ')),
    step(title) {
      step += 1;
      line();
      line(paint('bold', `${step}  ${plain(title)}`));
    },
    fact: (name, value) => line(`   ${paint('dim', name.padEnd(12))} ${plain(value)}`),
    warn: (text) => line(`   ${paint('yellow', '!')} ${plain(text)}`),
    link: (url) => line(`   ${paint('dim', 'console'.padEnd(12))} ${paint('green', url)}`),
  };
}

/** Prints a line for every candidate that has ended and for every new best score. */
export function leaderboardPrinter(terminal, metric) {
  const shown = new Set();
  const score = (value) => Number(value).toPrecision(4);
  const candidate = (state) => {
    if (shown.has(state.candidateId) || ['queued', 'running'].includes(state.status)) return;
    shown.add(state.candidateId);
    const name = state.label.padEnd(34);
    if (state.status === 'succeeded') {
      const spread = state.std == null ? '' : ` ± ${score(state.std)}`;
      const time = state.fitSeconds == null ? '' : `  ${state.fitSeconds.toFixed(1)} s`;
      terminal.line(`   ${name} ${metric} ${score(state.score)}${spread}${time}`);
    } else terminal.line(`   ${name} ${state.status}: ${state.reason ?? 'no reason given'}`);
  };
  return ({ type, data }) => {
    if (type === 'snapshot') for (const state of data.candidates) candidate(state);
    if (type === 'candidate') candidate(data);
    if (type === 'stage' && data.status === 'started') terminal.line(`   … ${data.stage}`);
  };
}
