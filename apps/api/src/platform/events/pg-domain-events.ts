import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { DomainEvent, DomainEventType, EntityKind } from '@modelwright/contracts';
import { Subject, type Observable, type Subscription } from 'rxjs';
import { DataSource, type EntityManager } from 'typeorm';
import { messageOf } from '../database/data-source.js';
import { DomainEvents, Notifier, type EventToPublish } from './domain-events.js';

const CHANNEL = 'domain-event';
const REPLAY_LIMIT = 1_000;
/** Events are also read again this long before the moment the line was lost; the readers' numbers tell doubles apart. */
const OVERLAP_SECONDS = 30;
const REMEMBERED = 5_000;

interface EventRow {
  readonly seq: string;
  readonly project_id: string;
  readonly type: DomainEventType;
  readonly entity_kind: EntityKind;
  readonly entity_id: string;
  readonly at: Date;
}

/** Events as rows, announced to every replica by NOTIFY with the same transaction. */
@Injectable()
export class PgDomainEvents extends DomainEvents implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('DomainEvents');
  private readonly events = new Subject<DomainEvent>();
  private readonly seen = new Set<number>();
  private readonly subscriptions: Subscription[] = [];
  private lastHeardAt = new Date();

  constructor(
    private readonly dataSource: DataSource,
    private readonly notifier: Notifier,
  ) {
    super();
  }

  get all(): Observable<DomainEvent> {
    return this.events.asObservable();
  }

  onModuleInit(): void {
    this.subscriptions.push(
      this.notifier.listen(CHANNEL).subscribe((payload) => this.hear(JSON.parse(payload) as DomainEvent)),
      this.notifier.reconnected.subscribe(() => void this.catchUp()),
    );
  }

  onApplicationShutdown(): void {
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.events.complete();
  }

  async publish(event: EventToPublish, manager?: EntityManager): Promise<void> {
    if (manager) return this.write(event, manager);
    await this.dataSource.transaction((own) => this.write(event, own));
  }

  async since(projectId: string, afterSeq: number): Promise<DomainEvent[]> {
    const rows = await this.dataSource.query<EventRow[]>(
      `SELECT seq, project_id, type, entity_kind, entity_id, at FROM domain_event
        WHERE project_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [projectId, afterSeq, REPLAY_LIMIT],
    );
    return rows.map(toEvent);
  }

  async latestSeq(projectId: string): Promise<number> {
    const rows = await this.dataSource.query<{ seq: string | null }[]>(
      'SELECT max(seq) AS seq FROM domain_event WHERE project_id = $1',
      [projectId],
    );
    return Number(rows[0]?.seq ?? 0);
  }

  /** Removes events that no reader can be waiting for any more. */
  async prune(olderThanHours: number): Promise<void> {
    await this.dataSource.query(`DELETE FROM domain_event WHERE at < now() - make_interval(hours => $1)`, [
      olderThanHours,
    ]);
  }

  private async write({ type, projectId, entity }: EventToPublish, manager: EntityManager): Promise<void> {
    // Numbers are given at insert but seen at commit; this lock makes both orders the same within a project.
    await manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('domain-event:' || $1, 0))`, [
      projectId,
    ]);
    const rows = await manager.query<EventRow[]>(
      `INSERT INTO domain_event (project_id, type, entity_kind, entity_id) VALUES ($1, $2, $3, $4)
       RETURNING seq, project_id, type, entity_kind, entity_id, at`,
      [projectId, type, entity.kind, entity.id],
    );
    const [row] = rows;
    if (row) await this.notifier.notify(CHANNEL, JSON.stringify(toEvent(row)), manager);
  }

  private hear(event: DomainEvent): void {
    this.lastHeardAt = new Date();
    if (this.seen.has(event.seq)) return;
    this.seen.add(event.seq);
    if (this.seen.size > REMEMBERED) {
      for (const oldest of this.seen) {
        this.seen.delete(oldest);
        break;
      }
    }
    this.events.next(event);
  }

  /** What was published while nobody listened. */
  private async catchUp(): Promise<void> {
    try {
      const rows = await this.dataSource.query<EventRow[]>(
        `SELECT seq, project_id, type, entity_kind, entity_id, at FROM domain_event
          WHERE at > $1::timestamptz - make_interval(secs => $2) ORDER BY seq`,
        [this.lastHeardAt, OVERLAP_SECONDS],
      );
      for (const row of rows) this.hear(toEvent(row));
    } catch (error) {
      this.logger.warn(`Could not read the events that were missed: ${messageOf(error)}`);
    }
  }
}

function toEvent(row: EventRow): DomainEvent {
  return {
    seq: Number(row.seq),
    type: row.type,
    projectId: row.project_id,
    entity: { kind: row.entity_kind, id: row.entity_id },
    at: row.at.toISOString(),
  };
}
