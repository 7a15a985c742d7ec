/** What webhooks can hear of, with the words beside their ticks. */
export const WEBHOOK_EVENTS = [
  { id: 'run.succeeded', word: 'A training run has succeeded' },
  { id: 'run.failed', word: 'A training run has failed' },
  { id: 'run.cancelled', word: 'A training run was cancelled' },
  { id: 'dataset.ready', word: 'A dataset version can be used' },
  { id: 'dataset.failed', word: 'A dataset version could not be read' },
  { id: 'model.version_registered', word: 'A model has a new version' },
  { id: 'model.alias_moved', word: 'An alias names another version, or none' },
  { id: 'drift.changed', word: 'The drift light of a deployment changes' },
  { id: 'deployment.ready', word: 'A deployment serves' },
  { id: 'deployment.failed', word: 'A deployment has failed' },
  { id: 'alert.firing', word: 'An alert fires, or goes on after its cool-down' },
  { id: 'alert.resolved', word: 'An alert is over' },
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]['id'];
