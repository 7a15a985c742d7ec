import { readingWords } from './reading-words';

const names = new Map([
  ['k-1', 'key “nightly”'],
  ['u-1', 'Ana'],
]);
const words = (action: 'list' | 'open' | 'export', subject: string) =>
  readingWords({ action, subject }, names);

describe('what somebody did with the log', () => {
  it('is said in words, with callers by their names', () => {
    expect(words('list', '')).toBe('looked at the calls');
    expect(words('list', 'status=4xx caller=k-1')).toBe('looked at calls with status 4xx, of key “nightly”');
    expect(words('list', 'outcome=failed caller=u-1')).toBe(
      'looked at calls that were refused or failed of Ana',
    );
    expect(words('list', 'caller=gone')).toBe('looked at calls of one caller');
  });

  it('names the file that was taken', () => {
    expect(words('export', 'csv')).toBe('exported all calls as CSV');
    expect(words('export', 'ndjson version=2')).toBe('exported calls of version 2 as NDJSON');
  });

  it('keeps what was searched for as it was typed, spaces and equals signs too', () => {
    expect(words('list', 'status=422 text=age=7 or so')).toBe(
      'looked at calls with status 422, containing “age=7 or so”',
    );
  });

  it('leaves the id of an opened request to the link', () => {
    expect(words('open', '0190a000')).toBe('opened request');
  });
});
