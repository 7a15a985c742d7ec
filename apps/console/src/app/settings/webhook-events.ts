/** What webhooks can hear of, with the words beside their ticks and those for a line. */
export const WEBHOOK_EVENTS = [
  { id: 'run.succeeded', word: 'A training run has succeeded', short: 'run succeeded' },
  { id: 'run.failed', word: 'A training run has failed', short: 'run failed' },
  { id: 'run.cancelled', word: 'A training run was cancelled', short: 'run cancelled' },
  { id: 'dataset.ready', word: 'A dataset version can be used', short: 'dataset ready' },
  { id: 'dataset.failed', word: 'A dataset version could not be read', short: 'dataset failed' },
  { id: 'model.version_registered', word: 'A model has a new version', short: 'new model version' },
  { id: 'model.alias_moved', word: 'An alias names another version, or none', short: 'alias moved' },
  { id: 'drift.changed', word: 'The drift light of a deployment changes', short: 'drift changed' },
  { id: 'deployment.ready', word: 'A deployment serves', short: 'deployment ready' },
  { id: 'deployment.failed', word: 'A deployment has failed', short: 'deployment failed' },
  {
    id: 'deployment.version_switched',
    word: 'A deployment answers from another version',
    short: 'version switched',
  },
  {
    id: 'deployment.rolled_back',
    word: 'A deployment went back to the version before, by a person or by its rule',
    short: 'rolled back',
  },
  {
    id: 'deployment.switch_failed',
    word: 'A deployment could not change its version',
    short: 'switch failed',
  },
  { id: 'alert.firing', word: 'An alert fires, or goes on after its cool-down', short: 'alert firing' },
  { id: 'alert.resolved', word: 'An alert is over', short: 'alert over' },
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]['id'];

const SHORT: ReadonlyMap<string, string> = new Map([
  ...WEBHOOK_EVENTS.map(({ id, short }) => [id, short] as const),
  ['webhook.test', 'test'],
]);

/** `Alert firing, run failed`; an event that the console does not know yet in its own words. */
export function eventWords(events: readonly string[]): string {
  const words = events.map((event) => SHORT.get(event) ?? event.replaceAll(/[._]/g, ' ')).join(', ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
