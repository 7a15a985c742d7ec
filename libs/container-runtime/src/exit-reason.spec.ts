import { explainExit, type ExitFacts } from './exit-reason.js';

const facts = (change: Partial<ExitFacts>): ExitFacts => ({
  exitCode: 0,
  oomKilled: false,
  startedAt: new Date(1_000),
  finishedAt: new Date(11_000),
  memoryMb: 512,
  timeoutSeconds: null,
  ...change,
});

describe('explainExit (F16)', () => {
  it.each<[string, Partial<ExitFacts>, string, string]>([
    ['a clean end', {}, 'completed', 'Completed.'],
    ['a clean end after a child died for memory', { oomKilled: true }, 'completed', 'child process'],
    ['code 1', { exitCode: 1 }, 'failed', 'exit code 1'],
    ['code 137 with the memory flag', { exitCode: 137, oomKilled: true }, 'out-of-memory', 'limit 512 MB'],
    ['code 1 with the memory flag', { exitCode: 1, oomKilled: true }, 'out-of-memory', 'Scratch space'],
    ['code 137 alone', { exitCode: 137 }, 'killed', 'killed'],
    ['code 137 before the time limit', { exitCode: 137, timeoutSeconds: 11 }, 'killed', 'killed'],
    ['code 137 at the time limit', { exitCode: 137, timeoutSeconds: 10 }, 'time-limit', 'limit 10 s'],
    ['code 143 at the time limit', { exitCode: 143, timeoutSeconds: 10 }, 'time-limit', 'limit 10 s'],
    ['code 143', { exitCode: 143 }, 'terminated', 'asked to stop'],
    ['code 139', { exitCode: 139 }, 'crashed', 'segmentation fault'],
    ['code 159', { exitCode: 159 }, 'crashed', 'forbidden system call'],
    ['an unnamed signal', { exitCode: 128 + 40 }, 'crashed', 'signal 40'],
    ['code 127', { exitCode: 127 }, 'cannot-start', 'exit code 127'],
    [
      'an error of the engine',
      { exitCode: 128, engineError: 'no such file' },
      'cannot-start',
      'no such file',
    ],
    ['a container that never ran', { exitCode: 0, startedAt: null }, 'cannot-start', 'could not be started'],
    ['code 255', { exitCode: 255 }, 'failed', 'exit code 255'],
  ])('reads %s', (_what, change, reason, words) => {
    const exit = explainExit(facts(change));
    expect(exit.reason).toBe(reason);
    expect(exit.message).toContain(words);
  });
});
