import type { DomainEvent } from '@modelwright/contracts';
import type { DomainEvents } from '../events/domain-events.js';

/** More than a reader can have missed in an ordinary break; beyond it things are read afresh anyway. */
const MAX_REPLAY_PAGES = 5;

/**
 * One reader's view of one project: what was missed, then what happens, each event once and in order. Events that
 * arrive while the missed ones are being read wait for them.
 */
export class EventFeed {
  private waiting: DomainEvent[] | undefined = [];
  private lastSeq = 0;

  constructor(
    readonly projectId: string,
    private readonly send: (event: DomainEvent) => void,
  ) {}

  /** @returns number of the newest event that the reader has now */
  async begin(events: DomainEvents, afterSeq: number | undefined): Promise<number> {
    if (afterSeq === undefined) this.lastSeq = await events.latestSeq(this.projectId);
    else await this.replay(events, afterSeq);
    const arrived = this.waiting ?? [];
    this.waiting = undefined;
    for (const event of arrived) this.deliver(event);
    return this.lastSeq;
  }

  deliver(event: DomainEvent): void {
    if (this.waiting) this.waiting.push(event);
    else if (event.seq > this.lastSeq) {
      this.lastSeq = event.seq;
      this.send(event);
    }
  }

  private async replay(events: DomainEvents, afterSeq: number): Promise<void> {
    this.lastSeq = afterSeq;
    for (let page = 0; page < MAX_REPLAY_PAGES; page++) {
      const missed = await events.since(this.projectId, this.lastSeq);
      if (missed.length === 0) return;
      for (const event of missed) {
        this.lastSeq = event.seq;
        this.send(event);
      }
    }
    this.lastSeq = await events.latestSeq(this.projectId);
  }
}
