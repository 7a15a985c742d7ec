import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { QueueEntry } from '@modelwright/sdk';
import { formatDuration } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { StatusChip } from '../shared/ui/status-chip';
import { classWord, memoryText } from './run-words';

/** Runs of the queue in a table; those of other projects have no name. */
@Component({
  selector: 'mw-queue-list',
  imports: [RouterLink, StatusChip, TimeAgo],
  template: `
    <div class="mw-table-scroll" tabindex="0" role="region" [attr.aria-label]="label()">
      <table class="mw-table">
        <thead>
          <tr>
            @if (waits()) {
              <th scope="col" class="mw-num">Place</th>
            }
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">Class</th>
            <th scope="col" class="mw-num">Time</th>
            <th scope="col" class="mw-num">Memory</th>
            <th scope="col">{{ waits() ? 'Should begin' : 'Time left' }}</th>
            <th scope="col">Queued by</th>
          </tr>
        </thead>
        <tbody>
          @for (row of rows(); track $index) {
            <tr [class.own]="row.isMarked" [class.other]="!row.entry.runId">
              @if (waits()) {
                <td class="mw-num">{{ row.entry.position ?? '' }}</td>
              }
              <td class="name">
                @if (row.entry.runId) {
                  <a
                    class="mw-row-link"
                    [routerLink]="['/p', row.entry.projectId ?? project(), 'runs', row.entry.runId]"
                    >{{ row.entry.name }}</a
                  >
                  @if (row.entry.projectId !== project()) {
                    <span class="mw-small mw-muted">in another project of yours</span>
                  }
                } @else {
                  A run of a project of others
                }
                @if (row.entry.waitsFor) {
                  <span class="mw-small mw-muted">{{ row.entry.waitsFor }}</span>
                }
              </td>
              <td><mw-status [status]="row.entry.status" [quiet]="true" /></td>
              <td>{{ row.runClass }}</td>
              <td class="mw-num">{{ row.budget }}</td>
              <td class="mw-num">{{ row.memory }}</td>
              <td>{{ row.when }}</td>
              <td class="mw-muted">
                {{ row.entry.createdBy ? row.entry.createdBy + ', ' : ''
                }}<mw-time [at]="row.entry.createdAt" />
              </td>
            </tr>
          }
        </tbody>
      </table>
    </div>
  `,
  styles: `
    .name .mw-small {
      display: block;
    }
    .other {
      color: var(--mat-sys-on-surface-variant);
    }
    .own > td:first-child {
      box-shadow: inset 3px 0 0 var(--mat-sys-primary);
    }
  `,
})
export class QueueList {
  readonly project = input.required<string>();
  readonly entries = input.required<readonly QueueEntry[]>();
  readonly label = input.required<string>();
  /** Whether these wait, or go on. */
  readonly waits = input(false);
  /** Run that is marked. */
  readonly marked = input<string>();

  protected readonly rows = computed(() =>
    this.entries().map((entry) => ({
      entry,
      isMarked: entry.runId !== null && entry.runId === this.marked(),
      runClass: classWord(entry.class),
      budget: formatDuration(entry.budgetSeconds),
      memory: memoryText(entry.memoryMb),
      when: this.waits() ? startText(entry.startsInSeconds) : leftText(entry),
    })),
  );
}

function startText(seconds: number | null): string {
  if (seconds === null) return '–';
  return seconds < 5 ? 'At any moment' : `In about ${formatDuration(roundUp(seconds))}`;
}

function leftText(entry: QueueEntry): string {
  if (entry.status === 'paused') return 'Paused';
  return entry.remainingSeconds > 0 ? formatDuration(entry.remainingSeconds) : 'Finishing';
}

/** A forecast is not to be read as exact. */
function roundUp(seconds: number): number {
  const step = seconds < 120 ? 10 : 60;
  return Math.ceil(seconds / step) * step;
}
