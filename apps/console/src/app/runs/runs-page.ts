import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import type { Run } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { Confirm } from '../shared/ui/confirm';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { RunTable } from './run-table';
import { RunsStore } from './runs.store';

const FILTERS = [
  { id: '', label: 'All' },
  { id: 'running', label: 'Running' },
  { id: 'queued', label: 'Queued' },
  { id: 'paused', label: 'Paused' },
  { id: 'succeeded', label: 'Succeeded' },
  { id: 'failed', label: 'Failed' },
  { id: 'cancelled', label: 'Cancelled' },
] as const;

/** All trainings of the project, live. */
@Component({
  selector: 'mw-runs-page',
  imports: [
    EmptyState,
    Icon,
    MatButton,
    PageHeader,
    ProblemView,
    RouterLink,
    RunTable,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  providers: [RunsStore],
  host: { class: 'mw-page' },
  template: `
    <mw-page-header heading="Runs">
      <a matButton="outlined" [routerLink]="queueLink()"><mw-icon name="clock" [size]="15" /> Queue</a>
      @if (context.canEdit()) {
        <a matButton="filled" [routerLink]="newLink()"><mw-icon name="plus" [size]="16" /> New run</a>
      }
    </mw-page-header>
    @if (failure(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    @if (showsFilters()) {
      <div class="mw-row">
        <fieldset class="mw-segments">
          <legend class="visually-hidden">State</legend>
          @for (filter of filters; track filter.id) {
            <label>
              <input
                type="radio"
                name="status"
                [checked]="filter.id === (store.status() ?? '')"
                (change)="show({ status: filter.id || null })"
              />
              {{ filter.label }}
            </label>
          }
        </fieldset>
        @if (store.datasets.hasValue()) {
          <select
            #dataset
            class="mw-input"
            aria-label="Dataset"
            (change)="show({ dataset: dataset.value || null })"
          >
            <option value="">All datasets</option>
            @for (one of store.datasets.value(); track one.id) {
              <option [value]="one.id" [selected]="one.id === store.datasetId()">{{ one.name }}</option>
            }
          </select>
        }
      </div>
    }
    <mw-view [source]="store.list.source" [empty]="store.list.isEmpty()">
      <ng-template mwLoading>
        <div class="mw-card mw-card-body"><mw-skeleton [lines]="6" [height]="18" /></div>
      </ng-template>
      <ng-template mwEmpty>
        <div class="mw-card">
          @if (store.isFiltered()) {
            <mw-empty icon="filter" title="No run matches these filters">
              <button type="button" matButton="outlined" (click)="show({ status: null, dataset: null })">
                Show all runs
              </button>
            </mw-empty>
          } @else {
            <mw-empty
              icon="runs"
              title="No runs yet"
              text="A run tries many models on one table within a time limit and keeps the best."
              [command]="command()"
            >
              @if (context.canEdit()) {
                <a matButton="filled" [routerLink]="newLink()">New run</a>
              }
            </mw-empty>
          }
        </div>
      </ng-template>
      <ng-template [mwContent]="store.list.source" let-list>
        <div class="mw-card">
          <mw-run-table [runs]="list.items" [canEdit]="context.canEdit()" (deleteAsked)="remove($event)" />
        </div>
        @if (list.hasMore) {
          <p class="more">
            <button type="button" matButton="outlined" (click)="store.list.more()">Show more</button>
          </p>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    select {
      width: auto;
      max-width: 240px;
    }
    .more {
      margin-top: 12px;
      text-align: center;
    }
  `,
})
export class RunsPage {
  /** From the URL. */
  readonly project = input.required<string>();
  protected readonly store = inject(RunsStore);
  protected readonly context = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly router = inject(Router);
  protected readonly filters = FILTERS;
  protected readonly failure = signal<unknown>(undefined);
  protected readonly newLink = computed(() => ['/p', this.project(), 'runs', 'new']);
  protected readonly queueLink = computed(() => ['/p', this.project(), 'runs', 'queue']);
  protected readonly command = computed(
    () => `curl -H "Authorization: Bearer $API_KEY" ${location.origin}/api/projects/${this.project()}/runs`,
  );
  protected readonly showsFilters = computed(() => this.store.isFiltered() || !this.store.list.isEmpty());

  constructor() {
    inject(Keyboard).use([{ keys: 'n', description: 'New run', group: 'Runs', run: () => this.openNew() }]);
  }

  protected show(queryParams: Readonly<Record<string, string | null>>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge' });
  }

  protected async remove(run: Run): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete run “${run.name}”?`,
      text: 'Its leaderboard and its log go. A run that made a model is kept for as long as the model is.',
      action: 'Delete run',
      destructive: true,
    });
    if (!sure) return;
    this.failure.set(undefined);
    try {
      await this.store.delete(run);
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }

  private openNew(): void {
    if (this.context.canEdit()) void this.router.navigate(this.newLink());
  }
}
