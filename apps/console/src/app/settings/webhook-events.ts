/** What webhooks can hear of, with the words beside their ticks. */
export const WEBHOOK_EVENTS = [
  { id: 'run.succeeded', word: 'A training run has succeeded' },
  { id: 'run.failed', word: 'A training run has failed' },
  { id: 'run.cancelled', word: 'A training run was cancelled' },
  { id: 'deployment.ready', word: 'A deployment serves' },
  { id: 'deployment.failed', word: 'A deployment has failed' },
  { id: 'alert.firing', word: 'An alert fires, or goes on after its cool-down' },
  { id: 'alert.resolved', word: 'An alert is over' },
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number]['id'];
