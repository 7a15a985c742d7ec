import { Component, computed, input, output } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import type { Run } from '@modelwright/sdk';
import { DurationPipe, ScorePipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { gainText } from '../shared/metrics/metric-words';
import { copyText } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { Progress } from '../shared/ui/progress';
import { StatusChip } from '../shared/ui/status-chip';
import { gainOfBest, isActive, originWord, presetWord, stageWord } from './run-words';

@Component({
  selector: 'mw-run-table',
  imports: [
    DurationPipe,
    Icon,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    Progress,
    RouterLink,
    ScorePipe,
    StatusChip,
    TimeAgo,
  ],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Runs">
      <table class="mw-table">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">Target</th>
            <th scope="col">Dataset</th>
            <th scope="col">Metric</th>
            <th scope="col" class="mw-num">Best score</th>
            <th scope="col" class="mw-num">Over baseline</th>
            <th scope="col" class="mw-num">Duration</th>
            <th scope="col">Started</th>
            <th scope="col"><span class="visually-hidden">Actions</span></th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track row.run.id) {
            <tr>
              <td class="name">
                <a class="mw-row-link" [routerLink]="row.link">{{ row.run.name }}</a>
                @if (row.work; as work) {
                  <span class="work">
                    <mw-progress [label]="'Progress of ' + row.run.name" [fraction]="work.fraction" />
                    <span class="mw-small mw-muted mw-number">{{ work.text }}</span>
                  </span>
                } @else if (row.run.failure; as failure) {
                  <span class="mw-small reason">{{ failure.message }}</span>
                } @else {
                  <span class="mw-small mw-muted">{{ row.about }}</span>
                }
              </td>
              <td><mw-status [status]="row.run.status" [label]="row.word" /></td>
              <td>
                @if (row.run.target) {
                  <code>{{ row.run.target }}</code>
                } @else {
                  <span class="mw-muted">groups</span>
                }
              </td>
              <td class="mw-muted">{{ row.run.datasetName }} v{{ row.run.versionNumber }}</td>
              <td class="mw-muted">
                {{ row.run.metric.label }}
                <span class="visually-hidden">{{ row.better }}</span>
                <span aria-hidden="true" [title]="row.better">{{ row.arrow }}</span>
              </td>
              <td class="mw-num strong">{{ row.run.bestScore | score }}</td>
              <td class="mw-num" [class.gain]="row.gains">{{ row.gain || '–' }}</td>
              <td class="mw-num">{{ row.duration | duration }}</td>
              <td class="mw-muted"><mw-time [at]="row.run.startedAt ?? row.run.createdAt" /></td>
              <td class="mw-num">
                <button
                  type="button"
                  class="mw-icon-button mw-over-link"
                  [matMenuTriggerFor]="menu"
                  [attr.aria-label]="'Actions for ' + row.run.name"
                >
                  <mw-icon name="more" />
                </button>
                <mat-menu #menu xPosition="before">
                  <a mat-menu-item [routerLink]="row.link">Open</a>
                  @if (row.model; as model) {
                    <a mat-menu-item [routerLink]="model.link" [queryParams]="model.query">Open model</a>
                  }
                  <button mat-menu-item type="button" (click)="copyLink(row.run)">Copy link</button>
                  @if (canEdit() && !row.active) {
                    <button mat-menu-item type="button" (click)="deleteAsked.emit(row.run)">Delete</button>
                  }
                </mat-menu>
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    .name {
      min-width: 180px;
      max-width: 340px;
    }
    .name > .mw-small {
      display: block;
    }
    .work {
      display: grid;
      gap: 4px;
      max-width: 240px;
      margin-top: 6px;
    }
    .reason {
      margin-top: 2px;
      color: var(--mat-sys-error);
    }
    .strong {
      font-weight: 500;
    }
    .gain {
      color: var(--mw-success);
    }
  `,
})
export class RunTable {
  readonly runs = input.required<readonly Run[]>();
  readonly canEdit = input(false);
  readonly deleteAsked = output<Run>();

  protected readonly rows = computed(() =>
    this.runs().map((run) => {
      const gain = gainOfBest(run);
      const active = isActive(run);
      return {
        run,
        active,
        link: ['/p', run.projectId, 'runs', run.id],
        about: aboutRun(run),
        word: busyWord(run),
        gain: gainText(gain),
        gains: gain !== null && gain > 0,
        arrow: run.metric.greaterIsBetter ? '↑' : '↓',
        better: run.metric.greaterIsBetter ? 'higher is better' : 'lower is better',
        duration: run.startedAt ? run.elapsedSeconds : null,
        model: run.modelId
          ? {
              link: ['/p', run.projectId, 'models', run.modelId],
              query: run.modelVersionId ? { version: run.modelVersionId } : {},
            }
          : null,
        work: active ? workOf(run) : null,
      };
    }),
  );

  protected copyLink(run: Run): void {
    void copyText(new URL(`/p/${run.projectId}/runs/${run.id}`, location.origin).href);
  }
}

/** What it is doing that its status does not say. */
function busyWord(run: Run): string | undefined {
  if (run.status === 'paused') return run.continueRequestedAt ? 'Going on soon' : undefined;
  if (run.status !== 'running') return undefined;
  if (run.stopRequestedAt) return 'Stopping';
  return run.pauseRequestedAt ? 'Pausing' : undefined;
}

function aboutRun(run: Run): string {
  const origin = originWord(run.origin);
  return origin && run.parentRunName ? `${origin} ${run.parentRunName}` : presetWord(run.preset);
}

function workOf(run: Run): { readonly fraction: number | null; readonly text: string } {
  if (run.status === 'queued') {
    const place = run.queuePosition;
    return {
      fraction: 0,
      text: place && place > 1 ? `${place - 1} ahead in the queue` : 'Next in the queue',
    };
  }
  const fraction = run.budgetSeconds > 0 ? Math.min(1, run.elapsedSeconds / run.budgetSeconds) : null;
  const done = run.candidatesTotal > 0 ? `${run.candidatesDone} of ${run.candidatesTotal} candidates` : '';
  return { fraction, text: done || stageWord(run.stage ?? 'prepare') };
}
