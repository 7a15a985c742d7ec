import type { DomainEvent, DomainEventType, EntityKind } from '@modelwright/contracts';
import type { Observable } from 'rxjs';
import type { EntityManager } from 'typeorm';

export interface EventToPublish {
  readonly type: DomainEventType;
  readonly projectId: string;
  readonly entity: { readonly kind: EntityKind; readonly id: string };
}

/** Facts about things, told to every replica and to the sockets of the project's members. */
export abstract class DomainEvents {
  /**
   * Publish last in a transaction: publishers of one project wait for each other until they commit, which keeps the
   * numbers of a project in the order in which readers can see them.
   * @param manager when given, the event is seen only if that transaction commits
   */
  abstract publish(event: EventToPublish, manager?: EntityManager): Promise<void>;
  /** Every event of every replica, in order per project. */
  abstract readonly all: Observable<DomainEvent>;
  /** Stored events of a project after a number, for a reader that was away. */
  abstract since(projectId: string, afterSeq: number): Promise<DomainEvent[]>;
  /** Number of the newest event of a project, 0 when there is none. */
  abstract latestSeq(projectId: string): Promise<number>;
}

/** Bare cross-replica signals (Postgres NOTIFY): a wake-up, not a message. */
export abstract class Notifier {
  abstract notify(channel: string, payload: string, manager?: EntityManager): Promise<void>;
  abstract listen(channel: string): Observable<string>;
  /** Emits when the line to Postgres was lost and is back: signals in between are gone, so caches have to be emptied. */
  abstract readonly reconnected: Observable<void>;
  /** Whether signals arrive just now; while they do not, readers have to look for themselves. */
  abstract readonly isListening: boolean;
}
