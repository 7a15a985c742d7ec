import { Component, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { CountPipe } from '../format/pipes';
import { Icon } from '../ui/icon';
import { ProblemView } from '../ui/problem-view';
import { Skeleton } from '../ui/skeleton';
import { View, ViewContent, ViewLoading } from '../ui/view';
import { SamplesStore } from './samples.store';

const TASK_WORDS: Readonly<Record<string, string>> = {
  binary: 'yes or no',
  multiclass: 'one of several classes',
  regression: 'a number',
};

/** The sample tables as cards; each starts with one click. */
@Component({
  selector: 'mw-sample-cards',
  imports: [CountPipe, Icon, MatButton, ProblemView, Skeleton, View, ViewContent, ViewLoading],
  template: `
    @if (store.problem(); as problem) {
      <mw-problem [error]="problem" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.samples">
      <ng-template mwLoading><mw-skeleton [lines]="1" [height]="120" /></ng-template>
      <ng-template [mwContent]="store.samples" let-samples>
        <ul class="mw-cards">
          @for (sample of samples; track sample.id) {
            <li class="mw-card">
              <h3>{{ sample.title }}</h3>
              <p class="mw-muted">{{ sample.description }}</p>
              <p class="mw-small mw-muted mw-number">
                {{ sample.rows | count }} rows · {{ sample.columns }} columns · predicts
                {{ words[sample.task] }}
              </p>
              <button
                type="button"
                matButton="outlined"
                [disabled]="store.creating() !== undefined"
                [attr.aria-label]="'Start with this: ' + sample.title"
                (click)="store.start(sample, projectId())"
              >
                <mw-icon
                  [name]="store.creating() === sample.id ? 'running' : 'sample'"
                  [spin]="store.creating() === sample.id"
                  [size]="16"
                />
                Start with this
              </button>
            </li>
          }
        </ul>
      </ng-template>
    </mw-view>
  `,
  styles: `
    :host {
      display: grid;
      gap: 12px;
      width: 100%;
      text-align: left;
    }
    li {
      display: grid;
      grid-template-rows: auto 1fr auto auto;
      gap: 6px;
      justify-items: start;
      padding: 16px;
    }
    button {
      margin-top: 8px;
    }
  `,
})
export class SampleCards {
  /** Where the dataset goes; a new project when left out. */
  readonly projectId = input<string>();
  protected readonly store = inject(SamplesStore);
  protected readonly words = TASK_WORDS;
}
