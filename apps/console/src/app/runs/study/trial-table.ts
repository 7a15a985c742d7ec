import { Component, computed, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatTooltip } from '@angular/material/tooltip';
import type { Run, Trial } from '@modelwright/sdk';
import { formatScore } from '../../shared/format/numbers';
import { DurationPipe, ScorePipe } from '../../shared/format/pipes';
import { Icon } from '../../shared/ui/icon';
import { StatusChip } from '../../shared/ui/status-chip';
import { parameterWords } from './parameter-words';
import { type TrialSort, sortTrials, trialLook, valueText } from './trials';

const SHOWN = 100;

/** All trials, sortable, with their folds; a complete one can be made a model. */
@Component({
  selector: 'mw-trial-table',
  imports: [DurationPipe, Icon, MatButton, MatTooltip, ScorePipe, StatusChip],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Trials">
      <table class="mw-table">
        <thead>
          <tr>
            @for (column of columns(); track column.id) {
              <th scope="col" [class.mw-num]="column.isNumber" [attr.aria-sort]="ariaSort(column.sort)">
                @if (column.sort; as sort) {
                  <button type="button" class="sort" (click)="sortBy(sort)">
                    {{ column.label }}
                    @if (by() === sort) {
                      <mw-icon [name]="descending() ? 'arrow-down' : 'arrow-up'" [size]="12" />
                    }
                  </button>
                } @else if (column.meaning) {
                  <span class="explained" tabindex="0" [matTooltip]="column.meaning">{{ column.label }}</span>
                } @else {
                  {{ column.label }}
                }
              </th>
            }
            <th scope="col"><span class="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.trial.number) {
            <tr [class.best]="row.trial.best">
              <td class="mw-num">{{ row.trial.number }}</td>
              <td>
                <mw-status
                  [status]="row.look.status"
                  [label]="row.look.label"
                  [title]="row.trial.reason ?? ''"
                />
                @if (row.trial.best) {
                  <span class="mark"><mw-icon name="star" [size]="13" /> Best</span>
                }
                @if (row.trial.number === 0) {
                  <span class="mark"><mw-icon name="pin" [size]="13" /> The candidate</span>
                }
              </td>
              <td class="mw-num" [class.mw-muted]="row.trial.state !== 'complete'">
                {{ row.trial.score | score }}
              </td>
              <td class="mw-number folds">{{ row.folds }}</td>
              <td class="mw-num">{{ row.trial.seconds | duration }}</td>
              @for (value of row.values; track $index) {
                <td class="mw-number">{{ value }}</td>
              }
              <td>
                @if (canApply() && row.trial.state === 'complete') {
                  <button
                    type="button"
                    matButton="text"
                    [disabled]="busy()"
                    (click)="applyAsked.emit(row.trial)"
                  >
                    Apply<span class="visually-hidden"> trial {{ row.trial.number }}</span>
                  </button>
                }
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
    @if (hidden() > 0) {
      <p class="more">
        <button type="button" matButton="text" (click)="limit.set(limit() + 400)">
          Show {{ hidden() }} more
        </button>
      </p>
    }
  `,
  styles: `
    .sort {
      display: inline-flex;
      gap: 4px;
      align-items: center;
      padding: 0;
      border: 0;
      background: none;
      color: inherit;
      font: inherit;
      cursor: pointer;
    }
    .explained {
      text-decoration: underline dotted color-mix(in srgb, currentcolor 55%, transparent);
      text-underline-offset: 3px;
      cursor: help;
    }
    .best td {
      background: color-mix(in srgb, var(--mw-success-soft) 60%, transparent);
    }
    .mark {
      display: inline-flex;
      gap: 4px;
      align-items: center;
      white-space: nowrap;
      margin-left: 8px;
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
    }
    .folds {
      min-width: 130px;
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
    }
    .more {
      padding: 8px 12px;
    }
  `,
})
export class TrialTable {
  readonly run = input.required<Run>();
  readonly trials = input.required<readonly Trial[]>();
  readonly names = input.required<readonly string[]>();
  /** Whose hyperparameters they are: it decides what they are called. */
  readonly family = input.required<string>();
  readonly canApply = input(false);
  readonly busy = input(false);
  readonly applyAsked = output<Trial>();

  protected readonly by = signal<TrialSort>('score');
  private readonly turned = signal(false);
  /** Best first is the first way to sort by score, newest first by number. */
  protected readonly descending = computed(() => {
    const usual = this.by() === 'score' ? this.run().metric.greaterIsBetter : this.by() === 'number';
    return usual !== this.turned();
  });
  protected readonly limit = signal(SHOWN);
  protected readonly columns = computed<
    readonly { id: string; label: string; isNumber: boolean; meaning?: string; sort?: TrialSort }[]
  >(() => [
    { id: '#', label: 'Trial', isNumber: true, sort: 'number' },
    { id: 'state', label: 'State', isNumber: false },
    { id: 'score', label: this.run().metric.label, isNumber: true, sort: 'score' },
    { id: 'folds', label: 'Folds', isNumber: false },
    { id: 'time', label: 'Time', isNumber: true, sort: 'seconds' },
    ...this.names().map((name) => {
      const { title, meaning } = parameterWords(this.family(), name);
      return { id: `p:${name}`, label: title, isNumber: false, meaning };
    }),
  ]);
  private readonly sorted = computed(() => sortTrials(this.trials(), this.by(), this.descending()));
  protected readonly hidden = computed(() => Math.max(0, this.sorted().length - this.limit()));
  protected readonly rows = computed(() =>
    this.sorted()
      .slice(0, this.limit())
      .map((trial) => ({
        trial,
        look: trialLook(trial.state),
        folds: trial.foldScores.map((score) => formatScore(score)).join('  '),
        values: this.names().map((name) => valueText(trial.params[name])),
      })),
  );

  protected sortBy(sort: TrialSort): void {
    this.turned.set(this.by() === sort && !this.turned());
    this.by.set(sort);
  }

  protected ariaSort(sort: TrialSort | undefined): 'ascending' | 'descending' | null {
    if (sort === undefined || sort !== this.by()) return null;
    return this.descending() ? 'descending' : 'ascending';
  }
}
