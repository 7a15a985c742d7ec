/** Reporter for node:test: one marked JSON line per test, everything else as it came. */
import { inspect } from 'node:util';

const MARK = '\u001etest ';

export default async function* report(source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') names.splice(data.nesting, Infinity, data.name);
    else if (type === 'test:stdout' || type === 'test:stderr') yield data.message;
    else if (type === 'test:pass' || type === 'test:fail') {
      const line = describe(type, data, names);
      if (line) yield `${MARK}${JSON.stringify(line)}\n`;
    }
  }
}

function describe(type, data, names) {
  const error = data.details?.error;
  const isGroup = data.details?.type === 'suite' || error?.failureType === 'subtestsFailed';
  // A group counts only when it failed by itself, for instance in a hook.
  if (isGroup && (type === 'test:pass' || error?.failureType === 'subtestsFailed')) return null;
  const name = [...names.slice(0, data.nesting), data.name].join(' › ');
  if (data.skip !== undefined && data.skip !== false) return { outcome: 'skipped', name };
  if (type === 'test:pass') return { outcome: 'passed', name };
  const cause = error?.cause ?? error;
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
  return { outcome: 'failed', name, detail: `${detail}\n    at ${data.file ?? ''}:${data.line ?? ''}` };
}
