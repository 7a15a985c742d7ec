import { readLine } from './log-line';

describe('a line of the model server', () => {
  it.each([
    ['stderr', 'INFO Ready after 3.71 s.', { level: 'info', text: 'Ready after 3.71 s.' }],
    ['stderr', 'ERROR No such file', { level: 'error', text: 'No such file' }],
    ['stderr', 'ValueError: bad', { level: 'error', text: 'ValueError: bad' }],
    ['stdout', 'UserWarning is a warning', { level: 'warning', text: 'UserWarning is a warning' }],
    ['stdout', 'The error is small', { level: 'info', text: 'The error is small' }],
  ] as const)('from %s has the level that it names: %s', (stream, text, expected) => {
    expect(readLine(stream, text)).toEqual(expected);
  });
});
