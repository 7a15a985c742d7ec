import type { Deployment } from '@modelwright/sdk';

type Facts = Pick<
  Deployment,
  'containerState' | 'idleAfterMinutes' | 'probes' | 'restartCount' | 'servingPath'
>;

const STARTED = 'Start the container';

/** Names the container whose log can be followed now, differently after each start; undefined when there is none. */
export function followable({ containerState, probes, restartCount }: Facts): string | undefined {
  if (containerState === 'running') return String(restartCount);
  const started = probes.some(({ step, status }) => step === STARTED && status === 'done');
  return containerState === 'starting' && started ? String(restartCount) : undefined;
}

/** Why there is no container, and what makes one. */
export function absenceWords({ containerState, idleAfterMinutes, servingPath }: Facts): string | undefined {
  switch (containerState) {
    case 'running':
      return undefined;
    case 'starting':
      return 'The container is being started. Its log appears here by itself.';
    case 'on-demand':
      return servingPath === 'compiled'
        ? 'No container runs now, so there is no container log: this model is compiled and predictions are answered inside the API. A container is started when something needs it, such as an explanation, and its log appears here by itself.'
        : `No container runs now: nobody called for ${idleAfterMinutes} minutes. The next call starts it, and its log appears here by itself.`;
    case 'none':
      return 'No container runs now, because the deployment does not. Once it is started, the log appears here by itself.';
  }
}
