import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import type { Run, Trial } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { formatScore } from '../../shared/format/numbers';
import { ProjectContext } from '../../shared/project/project-context';
import { familyWord } from '../../shared/metrics/metric-words';
import { Confirm } from '../../shared/ui/confirm';
import { EmptyState } from '../../shared/ui/empty-state';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { isActive } from '../run-words';
import { StudyCharts } from './study-charts';
import { StudyStore } from './study.store';
import { TrialTable } from './trial-table';

/** A tuning study as it happens: what was tried, what matters, and the trial that becomes a model. */
@Component({
  selector: 'mw-study-view',
  imports: [
    EmptyState,
    Icon,
    MatButton,
    ProblemView,
    RouterLink,
    Skeleton,
    StudyCharts,
    TrialTable,
    View,
    ViewContent,
    ViewLoading,
  ],
  template: `
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.source">
      <ng-template mwLoading><mw-skeleton class="mw-card mw-card-body" [lines]="8" /></ng-template>
      <ng-template [mwContent]="store.source" let-list>
        <div class="mw-stack wide">
          <section class="mw-card verdict" aria-label="Result">
            <p>
              Tunes {{ family() }}
              @if (run().parentRunId && run().parentCandidateId) {
                (candidate
                <a
                  class="link"
                  [routerLink]="['/p', run().projectId, 'runs', run().parentRunId]"
                  [queryParams]="{ candidate: run().parentCandidateId }"
                  >{{ run().parentCandidateId }}</a>)
              }
              on the same rows and folds. The hold-out stays closed.
              @if (sentence()) {
                <strong>{{ sentence() }}</strong>
              }
            </p>
            @if (canApply() && better(); as best) {
              <button type="button" matButton="filled" [disabled]="busy()" (click)="apply(best)">
                <mw-icon name="models" [size]="15" /> Apply best trial
              </button>
            }
          </section>
          @if (list.items.length > 0) {
            <mw-study-charts [run]="run()" [list]="list" />
            <section class="mw-card" aria-labelledby="trials-title">
              <div class="mw-card-head">
                <h2 id="trials-title">Trials</h2>
                <span class="mw-small mw-muted">{{ counts() }}</span>
              </div>
              <mw-trial-table
                [run]="run()"
                [trials]="list.items"
                [names]="names()"
                [family]="list.study.family"
                [canApply]="canApply()"
                [busy]="busy()"
                (applyAsked)="apply($event)"
              />
            </section>
          } @else {
            <section class="mw-card">
              <mw-empty
                icon="runs"
                [title]="active() ? 'No trial yet' : 'No trial was run'"
                [text]="active() ? 'The first one is the candidate as it is.' : ''"
              />
            </section>
          }
        </div>
      </ng-template>
    </mw-view>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .wide {
      gap: 20px;
    }
    .verdict {
      display: flex;
      flex-wrap: wrap;
      gap: 12px 24px;
      align-items: center;
      justify-content: space-between;
      padding: 14px var(--mw-inset);
    }
    .verdict p {
      flex: 1;
      min-width: 240px;
    }
    .verdict strong {
      display: block;
      font-weight: 500;
    }
    .link {
      text-decoration: underline;
    }
  `,
})
export class StudyView {
  readonly run = input.required<Run>();
  protected readonly store = inject(StudyStore);
  private readonly context = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly router = inject(Router);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);

  protected readonly active = computed(() => isActive(this.run()));
  protected readonly canApply = computed(() => this.context.canEdit() && this.run().datasetId !== null);
  /** The best trial, unless that is the candidate as it is. */
  protected readonly better = computed(() => {
    const best = this.store.best();
    return best && best.number > 0 ? best : undefined;
  });
  protected readonly names = computed(() =>
    this.store.source.hasValue() ? this.store.source.value().study.space.map(({ name }) => name) : [],
  );
  protected readonly family = computed(() =>
    this.store.source.hasValue() ? familyWord(this.store.source.value().study.family) : '',
  );
  protected readonly counts = computed(() => {
    const of = (state: Trial['state']): number =>
      this.store.trials().filter((trial) => trial.state === state).length;
    const failed = of('failed');
    return `${of('complete')} complete, ${of('pruned')} given up early${failed > 0 ? `, ${failed} failed` : ''}`;
  });
  protected readonly sentence = computed(() => {
    const best = this.store.best();
    const [first] = this.store.trials();
    if (!best || best.score === null) return '';
    const found = `Best ${this.run().metric.label} ${formatScore(best.score)} in trial ${best.number}`;
    if (first?.number !== 0 || first.state !== 'complete' || first.score === null) return `${found}.`;
    return best.number === 0
      ? `Nothing is better than the candidate itself so far, ${formatScore(first.score)}.`
      : `${found}; the candidate itself has ${formatScore(first.score)}.`;
  });

  protected async apply(trial: Trial): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Apply trial ${trial.number}?`,
      text: 'A new run fits these hyperparameters on all training rows, opens the hold-out once and keeps the result as a new version of the model.',
      action: 'Apply trial',
    });
    if (!sure) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      const made = await this.store.apply(trial.number);
      await this.router.navigate(['/p', this.run().projectId, 'runs', made.id]);
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
