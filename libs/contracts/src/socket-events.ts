import { z } from 'zod';

export const DOMAIN_EVENT_TYPES = [
  'dataset.updated',
  'run.updated',
  'run.best',
  'model.created',
  'export.updated',
  'import.updated',
  'analysis.updated',
  'model.updated',
  'deployment.updated',
  'drift.updated',
  'feedback.updated',
  'prediction.logged',
  'project.updated',
  'experiment.updated',
  'rescoring.updated',
  'alert.updated',
  'batch.updated',
] as const;
export type DomainEventType = (typeof DOMAIN_EVENT_TYPES)[number];

export const ENTITY_KINDS = [
  'project',
  'dataset',
  'run',
  'model',
  'deployment',
  'analysis',
  'experiment-run',
  'rescoring',
  'alert-rule',
  'batch-job',
] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

/** What happened to which thing; readers fetch the thing itself, so an event never leaks what a role may not see. */
export interface DomainEvent {
  readonly seq: number;
  readonly type: DomainEventType;
  readonly projectId: string;
  readonly entity: { readonly kind: EntityKind; readonly id: string };
  readonly at: string;
}

export const SubscribeRequest = z.object({
  channel: z.string().regex(/^project:[0-9a-f-]{36}$/),
  afterSeq: z.number().int().nonnegative().optional(),
});
export type SubscribeRequest = z.infer<typeof SubscribeRequest>;

export type Acknowledgement =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly code: string; readonly detail: string };

export interface ClientToServerEvents {
  subscribe: (request: SubscribeRequest, acknowledge: (answer: Acknowledgement) => void) => void;
  unsubscribe: (request: SubscribeRequest, acknowledge: (answer: Acknowledgement) => void) => void;
  authenticate: (request: { token: string }, acknowledge: (answer: Acknowledgement) => void) => void;
}

export interface ServerToClientEvents {
  event: (event: DomainEvent) => void;
}
