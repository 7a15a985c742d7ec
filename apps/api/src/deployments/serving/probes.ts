import type { Probe } from './model-server-state.js';

export const START_STEPS = [
  'Check the model artifact',
  'Start the container',
  'Connect to the model server',
  'Load the model and predict once',
] as const;
export type StartStep = (typeof START_STEPS)[number];

export function freshProbes(): Probe[] {
  return START_STEPS.map((step) => ({ step, status: 'pending', detail: null, at: null }));
}

/** Marks one step; the steps before it are done. */
export function withStep(
  probes: readonly Probe[],
  step: StartStep,
  status: Probe['status'],
  detail: string | null = null,
  now = new Date(),
): Probe[] {
  const position = START_STEPS.indexOf(step);
  return probes.map((probe, index) => {
    if (index < position && probe.status !== 'done')
      return { ...probe, status: 'done' as const, detail: null, at: probe.at ?? now.toISOString() };
    return probe.step === step ? { step, status, detail, at: now.toISOString() } : probe;
  });
}

export function allDone(probes: readonly Probe[], now = new Date()): Probe[] {
  return probes.map((probe) => ({
    ...probe,
    status: 'done',
    detail: null,
    at: probe.at ?? now.toISOString(),
  }));
}
