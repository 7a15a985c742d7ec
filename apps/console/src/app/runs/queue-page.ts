import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { formatDuration } from '../shared/format/numbers';
import { EmptyState } from '../shared/ui/empty-state';
import { PageHeader } from '../shared/ui/page-header';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { QueueList } from './queue-list';
import { QueueStore } from './queue.store';
import { classWord, memoryText } from './run-words';

/** Who trains now, who waits, in which order, and by which rules. */
@Component({
  selector: 'mw-queue-page',
  imports: [
    EmptyState,
    MatButton,
    PageHeader,
    QueueList,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [QueueStore],
  host: { class: 'mw-page' },
  template: `
    <mw-page-header heading="Queue" [trail]="trail()" />
    <mw-view [source]="store.queue">
      <ng-template mwLoading>
        <div class="mw-card mw-card-body"><mw-skeleton [lines]="6" [height]="18" /></div>
      </ng-template>
      <ng-template [mwContent]="store.queue" let-queue>
        <div class="mw-stack wide">
          <dl class="mw-card mw-facts">
            <div>
              <dt>Places</dt>
              <dd>{{ queue.placesUsed }} of {{ queue.places }} in use</dd>
            </div>
            <div>
              <dt>Memory</dt>
              <dd>{{ memory() }}</dd>
            </div>
            <div>
              <dt>Waiting</dt>
              <dd>{{ queue.waiting.length }}</dd>
            </div>
          </dl>
          <section class="mw-card" aria-labelledby="active-title">
            <div class="mw-card-head"><h2 id="active-title">Going on</h2></div>
            @if (queue.active.length > 0) {
              <mw-queue-list label="Runs going on" [project]="project()" [entries]="queue.active" />
            } @else {
              <mw-empty icon="runs" title="Nothing is being trained" text="A new run begins at once.">
                <a matButton="filled" [routerLink]="newLink()">New run</a>
              </mw-empty>
            }
          </section>
          <section class="mw-card" aria-labelledby="waiting-title">
            <div class="mw-card-head"><h2 id="waiting-title">Waiting</h2></div>
            @if (queue.waiting.length > 0) {
              <mw-queue-list
                label="Waiting runs"
                [project]="project()"
                [entries]="queue.waiting"
                [waits]="true"
              />
            } @else {
              <p class="mw-card-body mw-muted">No run waits.</p>
            }
          </section>
          <section class="mw-card" aria-labelledby="rules-title">
            <div class="mw-card-head"><h2 id="rules-title">How turns are given</h2></div>
            <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Classes">
              <table class="mw-table">
                <thead>
                  <tr>
                    <th scope="col">Class</th>
                    <th scope="col">For</th>
                    <th scope="col" class="mw-num">Longest</th>
                    <th scope="col" class="mw-num">Going on</th>
                    <th scope="col" class="mw-num">Waiting</th>
                  </tr>
                </thead>
                <tbody>
                  @for (one of classes(); track one.name) {
                    <tr>
                      <th scope="row">{{ one.word }}</th>
                      <td class="mw-muted meaning">{{ one.meaning }}</td>
                      <td class="mw-num">{{ one.longest }}</td>
                      <td class="mw-num">{{ one.running }} of {{ one.maxRunning }}</td>
                      <td class="mw-num">{{ one.waiting }}</td>
                    </tr>
                  }
                </tbody>
              </table>
            </div>
            <ul class="mw-card-body rules mw-muted">
              <li>Within a class projects take turns; a project that has runs going on comes later.</li>
              <li>Every half hour of waiting lifts a run by one class, so none waits for ever.</li>
              <li>
                While others wait, a project has at most {{ queue.maxRunningPerProject }} runs going on;
                {{ queue.maxQueuedPerProject }} of its runs may wait.
              </li>
              <li>{{ queue.pausedRule }}</li>
            </ul>
          </section>
        </div>
      </ng-template>
    </mw-view>
  `,
  styles: `
    .wide {
      gap: 20px;
    }
    .mw-facts {
      padding: 16px var(--mw-inset);
    }
    .rules {
      display: grid;
      gap: 4px;
      padding-left: 36px;
      list-style: disc;
    }
    .meaning {
      min-width: 200px;
    }
    th[scope='row'] {
      font-weight: 500;
    }
    tr:last-child > th {
      border-bottom: 0;
    }
  `,
})
export class QueuePage {
  /** From the URL. */
  readonly project = input.required<string>();
  protected readonly store = inject(QueueStore);
  protected readonly trail = computed(() => [{ label: 'Runs', link: ['/p', this.project(), 'runs'] }]);
  protected readonly newLink = computed(() => ['/p', this.project(), 'runs', 'new']);
  private readonly queue = computed(() =>
    this.store.queue.hasValue() ? this.store.queue.value() : undefined,
  );
  protected readonly memory = computed(() => {
    const queue = this.queue();
    return queue ? `${memoryText(queue.memoryUsedMb)} of ${memoryText(queue.memoryMb)} held` : '';
  });
  protected readonly classes = computed(() =>
    (this.queue()?.classes ?? []).map((one) => ({
      ...one,
      word: classWord(one.name),
      longest: one.maxBudgetSeconds === null ? 'any' : formatDuration(one.maxBudgetSeconds),
    })),
  );
}
