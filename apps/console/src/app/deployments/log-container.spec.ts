import { absenceWords, followable } from './log-container';

const started = (status: 'pending' | 'done') => [
  { step: 'Check the model artifact', status: 'done' as const, detail: null, at: null },
  { step: 'Start the container', status, detail: null, at: null },
];
const facts = {
  containerState: 'on-demand',
  servingPath: 'compiled',
  idleAfterMinutes: 15,
  restartCount: 0,
  probes: [],
} as const;

describe('the container whose log is shown', () => {
  it('is none while a compiled model answers without one, which is said', () => {
    expect(followable(facts)).toBeUndefined();
    expect(absenceWords(facts)).toContain('compiled');
  });

  it('is none before it was started, and one from then on', () => {
    const starting = { ...facts, containerState: 'starting' } as const;
    expect(followable({ ...starting, probes: started('pending') })).toBeUndefined();
    expect(followable({ ...starting, probes: started('done') })).toBe('0');
    expect(followable({ ...facts, containerState: 'running', probes: started('done') })).toBe('0');
  });

  it('is another one after a restart', () => {
    expect(followable({ ...facts, containerState: 'running', restartCount: 1 })).toBe('1');
  });

  it('is missing for another reason when the deployment sleeps or is stopped', () => {
    expect(absenceWords({ ...facts, servingPath: 'container' })).toContain('15 minutes');
    expect(absenceWords({ ...facts, containerState: 'none' })).toContain('Once it is started');
    expect(absenceWords({ ...facts, containerState: 'running' })).toBeUndefined();
  });
});
