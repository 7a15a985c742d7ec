/** What webhooks can be told, with the words of the console. `webhook.test` is sent by the Test button only. */
export const WEBHOOK_EVENTS = {
  'run.succeeded': 'A training run has succeeded',
  'run.failed': 'A training run has failed',
  'run.cancelled': 'A training run was cancelled',
  'dataset.ready': 'A dataset version can be used',
  'dataset.failed': 'A dataset version could not be read',
  'model.version_registered': 'A model has a new version',
  'model.alias_moved': 'An alias of a model names another version, or none',
  'drift.changed': 'The drift light of a deployment has changed',
  'deployment.ready': 'A deployment serves',
  'deployment.failed': 'A deployment has failed',
  'deployment.version_switched': 'A deployment answers from another version',
  'deployment.rolled_back': 'A deployment went back to the version before, by a person or by its rule',
  'deployment.switch_failed': 'A deployment could not change its version',
  'alert.firing': 'An alert has begun, or goes on after its cool-down',
  'alert.resolved': 'An alert is over',
} as const;
export type WebhookEventType = keyof typeof WEBHOOK_EVENTS;
export const WEBHOOK_EVENT_TYPES = Object.keys(WEBHOOK_EVENTS) as [WebhookEventType, ...WebhookEventType[]];

/** Something that happened, as a room tells it. */
export interface Happening {
  readonly type: WebhookEventType;
  /** The same happening has the same key. */
  readonly key: string;
  readonly projectId: string;
  /** Id of the thing that it happened to. */
  readonly subject: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The body that is signed and sent: CloudEvents 1.0, JSON. */
export function payloadOf(happening: {
  readonly messageId: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}): string {
  return JSON.stringify({
    specversion: '1.0',
    id: happening.messageId,
    source: happening.source,
    type: happening.type,
    subject: happening.subject,
    time: happening.at.toISOString(),
    datacontenttype: 'application/json',
    data: happening.data,
  });
}
