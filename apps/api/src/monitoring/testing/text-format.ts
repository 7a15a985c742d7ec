/** One sample of the text format of Prometheus. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const SUFFIX = /_(bucket|sum|count)$/;

/**
 * Reads the text format (version 0.0.4) as strictly as promtool checks it: HELP and TYPE once and before the samples of
 * their family, families not torn apart, no sample twice, counters named `_total`, histograms cumulative up to `+Inf`.
 * @throws Error that names the line
 */
export function parseTextFormat(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('The last line does not end.');
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const seen = new Set<string>();
  const closed = new Set<string>();
  const samples: Sample[] = [];
  let family = '';
  const enter = (name: string): void => {
    if (name === family) return;
    if (closed.has(name)) throw new Error(`The family ${name} is torn apart.`);
    if (family) closed.add(family);
    family = name;
  };
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment) {
      const [, what, name = '', rest = ''] = comment;
      enter(name);
      const known = what === 'HELP' ? helps.has(name) : types.has(name);
      if (known) throw new Error(`${what} of ${name} stands twice.`);
      if (what === 'HELP') helps.add(name);
      else types.set(name, checkedType(rest, line));
      continue;
    }
    const sample = sampleOf(line);
    const base = types.has(sample.name) ? sample.name : sample.name.replace(SUFFIX, '');
    if (!types.has(base) || !helps.has(base)) throw new Error(`No HELP and TYPE before: ${line}`);
    enter(base);
    if (types.get(base) === 'counter' && !sample.name.endsWith('_total'))
      throw new Error(`A counter has to end in _total: ${line}`);
    const key = `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (seen.has(key)) throw new Error(`Twice: ${line}`);
    seen.add(key);
    samples.push(sample);
  }
  for (const [name, type] of types) if (type === 'histogram') checkHistogram(name, samples);
  return samples;
}

function checkedType(type: string, line: string): string {
  if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(type))
    throw new Error(`No such type: ${line}`);
  return type;
}

function sampleOf(line: string): Sample {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`Not a sample: ${line}`);
  const [, name = '', inner = '', number = ''] = match;
  const value = number === '+Inf' ? Infinity : number === '-Inf' ? -Infinity : Number(number);
  if (Number.isNaN(value) && number !== 'NaN') throw new Error(`Not a number: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const label = LABEL.exec(inner);
    if (!label) throw new Error(`Labels cannot be read: ${line}`);
    labels[label[1] ?? ''] = label[2] ?? '';
  }
  return { name, labels, value };
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = Map.groupBy(
    samples.filter((sample) => sample.name === `${name}_bucket`),
    ({ labels: { le: _le, ...others } }) => JSON.stringify(Object.entries(others).sort()),
  );
  for (const [labels, buckets] of series) {
    const ordered = buckets.map(({ labels: { le }, value }) => [
      le === '+Inf' ? Infinity : Number(le),
      value,
    ]);
    for (const [index, [bound = 0, value = 0]] of ordered.entries()) {
      const [lastBound = -Infinity, lastValue = 0] = ordered[index - 1] ?? [];
      if (bound <= lastBound || value < lastValue)
        throw new Error(`The buckets of ${name}${labels} do not grow.`);
    }
    const count = samples.find(
      (sample) =>
        sample.name === `${name}_count` && JSON.stringify(Object.entries(sample.labels).sort()) === labels,
    );
    if (ordered.at(-1)?.[0] !== Infinity || ordered.at(-1)?.[1] !== count?.value)
      throw new Error(`The last bucket of ${name}${labels} is not its count.`);
  }
}
