import { describe, expect, it } from '@jest/globals';
import { shadowSentence, splitSentence, versionWords } from './traffic-sentences.js';

const primary = { modelId: 'a', modelName: 'churn', modelVersionNumber: 1 };
const side = (version: string, calls = 0) => ({ version, calls, errors: 0, p95Ms: null });

describe('sentences about the versions behind an endpoint', () => {
  it('name the model only where another one stands there too', () => {
    expect(versionWords({ ...primary, modelVersionNumber: 2 }, primary)).toBe('version 2');
    const other = { modelId: 'b', modelName: 'slow', modelVersionNumber: 1 };
    expect(shadowSentence(versionWords(other, primary), undefined)).toBe(
      'Version 1 of "slow" has answered no copy yet.',
    );
  });

  it('say how many calls there are while these are too few', () => {
    expect(splitSentence(side('version 1', 4), side('version 2'))).toBe(
      'Not enough calls yet: version 1 has had 4, version 2 0.',
    );
  });
});
