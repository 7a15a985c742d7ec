import type { PredictionLogAccess } from '@modelwright/sdk';
import { formatExact } from '../shared/format/time';

/** What a caller is called, by the id of the key or the person: `key “nightly”`, `Ana`. */
export type CallerNames = ReadonlyMap<string, string>;

const FORMATS: Readonly<Record<string, string>> = { csv: 'CSV', ndjson: 'NDJSON' };
const PARTS = ['outcome', 'status', 'caller', 'version', 'from', 'to', 'text'];
/** `name=value` up to the next one, or the end: values may hold spaces. */
const PART = new RegExp(`(?:^| )(${PARTS.join('|')})=(.*?)(?= (?:${PARTS.join('|')})=|$)`, 'gsu');

/** What somebody did with the log, in a line; the screen adds which request was opened, and how often. */
export function readingWords(
  { action, subject }: Pick<PredictionLogAccess, 'action' | 'subject'>,
  callers: CallerNames,
): string {
  if (action === 'open') return 'opened request';
  if (action === 'list')
    return subject === '' ? 'looked at the calls' : `looked at ${filterWords(subject, callers)}`;
  const [format = '', ...rest] = subject.split(' ');
  const filter = rest.join(' ');
  const file = FORMATS[format] ?? format;
  return filter === ''
    ? `exported all calls as ${file}`
    : `exported ${filterWords(filter, callers)} as ${file}`;
}

/** `status=4xx caller=<id> text=abc` as `calls with status 4xx, of key “nightly”, containing “abc”`. */
function filterWords(filter: string, callers: CallerNames): string {
  const parts = [...filter.matchAll(PART)].map(([, name = '', value = '']) =>
    partWords(name, value, callers),
  );
  const outcome = parts.find(({ leads }) => leads)?.text ?? 'calls';
  const rest = parts.filter(({ leads }) => !leads).map(({ text }) => text);
  return parts.length === 0 ? filter : [outcome, rest.join(', ')].filter(Boolean).join(' ');
}

function partWords(name: string, value: string, callers: CallerNames): { text: string; leads: boolean } {
  const said = (text: string) => ({ text, leads: false });
  switch (name) {
    case 'outcome':
      return {
        text: value === 'failed' ? 'calls that were refused or failed' : 'calls that succeeded',
        leads: true,
      };
    case 'status':
      return said(`with status ${value}`);
    case 'caller':
      return said(callerWords(value, callers));
    case 'version':
      return said(`of version ${value}`);
    case 'from':
      return said(`since ${formatExact(value)}`);
    case 'to':
      return said(`until ${formatExact(value)}`);
    default:
      return said(`containing “${value}”`);
  }
}

function callerWords(caller: string, callers: CallerNames): string {
  if (caller === 'user') return 'of members';
  if (caller === 'anonymous') return 'of anonymous callers';
  if (caller === 'key') return 'of any key';
  return `of ${callers.get(caller) ?? 'one caller'}`;
}
