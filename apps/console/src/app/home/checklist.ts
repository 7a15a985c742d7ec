import { Component, computed, input, resource } from '@angular/core';
import { RouterLink } from '@angular/router';
import { type Project, getProjectOverview, listDeployments } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { Icon } from '../shared/ui/icon';
import { remembered } from '../shared/ui/remembered';

/** From nothing to an answer in the terminal, in six ticks. Gone when done, or when told to go. */
@Component({
  selector: 'mw-checklist',
  imports: [Icon, RouterLink],
  template: `
    @if (shows()) {
      <section class="mw-card" aria-labelledby="checklist-title">
        <div class="head">
          <h2 id="checklist-title">From a table to an answer</h2>
          <span class="mw-muted mw-number">{{ doneCount() }} of {{ steps().length }}</span>
          <button type="button" class="mw-icon-button" aria-label="Dismiss the checklist" (click)="dismiss()">
            <mw-icon name="close" [size]="15" />
          </button>
        </div>
        <ol>
          @for (step of steps(); track step.word) {
            <li [class.done]="step.done">
              <mw-icon [name]="step.done ? 'check-circle' : 'circle'" [size]="17" />
              @if (step.done || !step.link) {
                <span>{{ step.word }}</span>
              } @else {
                <a [routerLink]="step.link">{{ step.word }}</a>
              }
              <span class="visually-hidden">{{ step.done ? ', done' : ', to do' }}</span>
            </li>
          }
        </ol>
      </section>
    }
  `,
  styles: `
    section {
      padding: 12px 16px 14px;
    }
    .head {
      display: flex;
      align-items: center;
      gap: 10px;
      margin-bottom: 8px;
    }
    h2 {
      flex: 1;
      font-size: 14px;
      line-height: 20px;
    }
    ol {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(170px, 1fr));
      gap: 8px 16px;
    }
    li {
      display: flex;
      align-items: center;
      gap: 8px;
      color: var(--mat-sys-on-surface-variant);
    }
    .done mw-icon {
      color: var(--mw-success);
    }
  `,
})
export class Checklist {
  /** The newest one: its way is the one that is shown. */
  readonly project = input.required<Project>();
  private readonly dismissed = remembered('mw.checklist', 'open');
  private readonly overview = resource({
    params: () => this.project().id,
    loader: ({ params, abortSignal }) =>
      call(getProjectOverview({ path: { projectId: params }, signal: abortSignal })),
  });
  private readonly called = resource({
    params: () => this.project().id,
    loader: async ({ params, abortSignal }) => {
      const { items } = await call(listDeployments({ path: { projectId: params }, signal: abortSignal }));
      return items.some((deployment) => deployment.inferenceCount > 0);
    },
  });

  protected readonly steps = computed(() => {
    const counts: Readonly<Record<string, number | undefined>> = this.overview.hasValue()
      ? this.overview.value().counts
      : {};
    const room = (path: string): readonly string[] => ['/p', this.project().id, path];
    const has = (name: string): boolean => (counts[name] ?? 0) > 0;
    return [
      { word: 'Create a project', done: true, link: null },
      { word: 'Add data', done: has('datasetsReady') || has('datasets'), link: room('data') },
      { word: 'Train a model', done: has('runsSucceeded'), link: room('runs') },
      { word: 'Keep the best model', done: has('models'), link: room('models') },
      { word: 'Deploy it', done: has('deployments'), link: room('deployments') },
      {
        word: 'Call it from a terminal',
        done: this.called.hasValue() && this.called.value(),
        link: room('deployments'),
      },
    ];
  });
  protected readonly doneCount = computed(() => this.steps().filter((step) => step.done).length);
  protected readonly shows = computed(
    () => this.overview.hasValue() && this.dismissed() === 'open' && this.doneCount() < this.steps().length,
  );

  protected dismiss(): void {
    this.dismissed.set('dismissed');
  }
}
