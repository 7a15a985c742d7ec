import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents } from '../platform/events/domain-events.js';
import { RunSignals } from './run-signals.js';

/** Tells everybody that a run has changed: who follows it on any replica, and the consoles of its project. */
@Injectable()
export class RunTelling {
  constructor(
    private readonly signals: RunSignals,
    private readonly domainEvents: DomainEvents,
  ) {}

  async changed(scope: Scope, runId: string, manager: EntityManager): Promise<void> {
    await this.signals.changed(runId, manager);
    await this.domainEvents.publish(
      { type: 'run.updated', projectId: scope.projectId, entity: { kind: 'run', id: runId } },
      manager,
    );
  }
}
