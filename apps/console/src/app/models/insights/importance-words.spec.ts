import { importanceInvitation } from './importance-words';

it('says that the run had no time left for the importance only where there was a run', () => {
  expect(importanceInvitation({ runId: 'run-1' })).toMatch(
    /^The run had no time left for it\. What the score/,
  );
  expect(importanceInvitation({ runId: null })).toMatch(/^What the score loses/);
});
