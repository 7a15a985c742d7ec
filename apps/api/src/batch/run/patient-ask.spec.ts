import { describe, expect, it, jest } from '@jest/globals';
import { Problem } from '../../platform/problems/problem.js';
import type { Ask } from '../scoring/row-scorer.js';
import { askingPatiently } from './patient-ask.js';

const SOON = { forMs: 60_000, firstWaitMs: 1, maxWaitMs: 2 };
const { signal } = new AbortController();
const slowEngine = new Problem('model-session-unavailable', 'The container engine does not answer.');
const askThat = () => jest.fn<Ask>();
const noted = () => jest.fn<(reason: string) => Promise<void>>().mockResolvedValue();

describe('a batch job whose container does not answer', () => {
  it('asks again after each passing trouble, and says why it waits', async () => {
    const ask = askThat().mockRejectedValueOnce(slowEngine).mockRejectedValueOnce(slowEngine);
    ask.mockResolvedValue([{ refused: 'no' }]);
    const waiting = noted();
    expect(await askingPatiently(ask, waiting, signal, SOON)([{}])).toEqual([{ refused: 'no' }]);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(waiting.mock.calls).toEqual([[slowEngine.detail], [slowEngine.detail]]);
  });

  it('gives up with the reason once its patience is over', async () => {
    const ask = askThat().mockRejectedValue(slowEngine);
    await expect(askingPatiently(ask, noted(), signal, { ...SOON, forMs: 0 })([{}])).rejects.toBe(slowEngine);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('does not ask again after what will not pass, or once the job was cancelled', async () => {
    const broken = new Problem('prediction-failed', 'It broke.');
    await expect(
      askingPatiently(askThat().mockRejectedValue(broken), noted(), signal, SOON)([{}]),
    ).rejects.toBe(broken);
    const cancelled = new Error('cancelled');
    const ask = askThat().mockRejectedValue(slowEngine);
    await expect(askingPatiently(ask, noted().mockRejectedValue(cancelled), signal, SOON)([{}])).rejects.toBe(
      cancelled,
    );
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
