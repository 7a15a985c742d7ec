import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { Run } from '@modelwright/sdk';
import { QueueList } from './queue-list';
import { QueueStore } from './queue.store';

/** What is ahead of a run that waits. */
@Component({
  selector: 'mw-run-wait',
  imports: [QueueList, RouterLink],
  providers: [QueueStore],
  host: { class: 'mw-card' },
  template: `
    <div class="mw-card-head">
      <h2>In the queue</h2>
      <a class="mw-small link" [routerLink]="['/p', run().projectId, 'runs', 'queue']"
        >Whole queue and its rules</a
      >
    </div>
    @if (ahead().length > 0) {
      <mw-queue-list
        label="Ahead in the queue"
        [project]="run().projectId"
        [entries]="ahead()"
        [waits]="true"
        [marked]="run().id"
      />
    }
  `,
  styles: `
    .link {
      text-decoration: underline;
    }
  `,
})
export class RunWait {
  readonly run = input.required<Run>();
  private readonly store = inject(QueueStore);
  /** Those that go first, and this one. */
  protected readonly ahead = computed(() => {
    if (!this.store.queue.hasValue()) return [];
    const { active, waiting } = this.store.queue.value();
    const own = waiting.find((entry) => entry.runId === this.run().id);
    const last = own?.position ?? 0;
    return [...active, ...waiting.filter((entry) => (entry.position ?? Infinity) <= last)];
  });
}
