import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { FeedbackJob } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { formatCount, plural } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { ProjectContext } from '../shared/project/project-context';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import { StatusChip } from '../shared/ui/status-chip';
import { FeedbackStore } from './feedback.store';

/** Imports and dataset versions of late: how far they are, and what became of them. */
@Component({
  selector: 'mw-feedback-jobs',
  imports: [MatButton, ProblemView, Progress, RouterLink, StatusChip, TimeAgo],
  template: `
    @if (jobs().length > 0) {
      <section class="mw-card">
        <div class="mw-card-head"><h3>Imports and dataset versions</h3></div>
        @if (problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
        <ul>
          @for (row of jobs(); track row.job.id) {
            <li>
              <div class="line">
                <mw-status [status]="row.job.status" />
                <span class="mw-grow title">{{ row.job.title }}</span>
                <span class="mw-small mw-muted"><mw-time [at]="row.job.createdAt" /></span>
                @if (row.isOpen) {
                  <button type="button" matButton="text" (click)="cancel(row.job.id)">Cancel</button>
                }
              </div>
              @if (row.isOpen) {
                <mw-progress [label]="row.job.title" [fraction]="row.job.progress" />
              }
              <p class="mw-small mw-muted">
                {{ row.words }}
                @if (row.job.dataset; as made) {
                  @if (made.versionNumber) {
                    <a [routerLink]="['/p', project.id(), 'data', made.datasetId]">Open the dataset</a>
                  }
                }
              </p>
              @if (row.job.reason) {
                <p class="mw-small">{{ row.job.reason }}</p>
              }
              @if (row.problems.length > 0) {
                <details>
                  <summary>{{ row.problemWords }}</summary>
                  <div
                    class="mw-table-scroll"
                    tabindex="0"
                    role="region"
                    [attr.aria-label]="'Problems of ' + row.job.title"
                  >
                    <table class="mw-table">
                      <thead>
                        <tr>
                          <th scope="col" class="mw-num">Line</th>
                          <th scope="col">Request</th>
                          <th scope="col">What is wrong</th>
                        </tr>
                      </thead>
                      <tbody>
                        @for (one of row.problems; track $index) {
                          <tr>
                            <td class="mw-num">{{ one.line }}</td>
                            <td>
                              <code>{{ one.requestId }}</code>
                            </td>
                            <td>{{ one.detail }}</td>
                          </tr>
                        }
                      </tbody>
                    </table>
                  </div>
                </details>
              }
            </li>
          }
        </ul>
      </section>
    }
  `,
  styles: `
    ul {
      display: grid;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: grid;
      gap: 6px;
      min-width: 0;
      padding: 12px var(--mw-inset);
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .line {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
    }
    .title {
      font-weight: 500;
      overflow-wrap: anywhere;
    }
    p {
      margin: 0;
    }
    a {
      text-decoration: underline;
    }
    summary {
      padding: 4px 0;
      cursor: pointer;
    }
    code {
      font-size: 12px;
    }
  `,
})
export class FeedbackJobs {
  private readonly store = inject(FeedbackStore);
  protected readonly project = inject(ProjectContext);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly jobs = computed(() =>
    (this.store.jobs.hasValue() ? this.store.jobs.value().items : []).map((job) => {
      const problems = job.import?.problems ?? [];
      const all = (job.import?.unknown ?? 0) + (job.import?.invalid ?? 0);
      const first = all > problems.length ? `, the first ${problems.length}` : '';
      return {
        job,
        isOpen: job.status === 'queued' || job.status === 'running',
        words: wordsOf(job),
        problems,
        problemWords: `${plural(all, 'row')} left out${first}`,
      };
    }),
  );

  protected async cancel(id: string): Promise<void> {
    this.problem.set(undefined);
    try {
      await this.store.cancel(id);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}

function wordsOf({ import: imported, dataset }: FeedbackJob): string {
  if (imported) {
    const parts = [
      [imported.recorded, 'new'],
      [imported.replaced, 'replaced'],
      [imported.unchanged, 'known already'],
      [imported.unknown, 'not in the log'],
      [imported.invalid, 'not valid'],
    ] as const;
    const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
    return `${plural(imported.rows, 'row')}${told.length > 0 ? `: ${told.join(', ')}` : ''}.`;
  }
  if (!dataset) return '';
  const parts = [
    dataset.baseVersionNumber === null
      ? ''
      : `${plural(dataset.baseRows, 'row')} of v${dataset.baseVersionNumber}`,
    `${plural(dataset.addedRows, 'row')} with ${dataset.addedRows === 1 ? 'its' : 'their'} outcome`,
    dataset.lostRows > 0 ? `${formatCount(dataset.lostRows)} had left the log` : '',
    dataset.emptyColumns.length > 0 ? `${dataset.emptyColumns.join(', ')} left empty` : '',
  ];
  const version = dataset.versionNumber === null ? '' : `Version ${dataset.versionNumber}: `;
  return `${version}${parts.filter(Boolean).join(', ')}.`;
}
