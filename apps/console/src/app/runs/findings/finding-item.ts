import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { Run, RunFinding } from '@modelwright/sdk';
import { TimeAgo } from '../../shared/format/time-ago';
import { Icon } from '../../shared/ui/icon';
import { evidenceLines, severityLook } from './finding-words';

/** One doubt about the data: how grave, what was seen, in words and figures, and what can be done about it. */
@Component({
  selector: 'mw-finding',
  imports: [Icon, MatButton, RouterLink, TimeAgo],
  template: `
    @let one = finding();
    <div class="severity {{ look().tone }}">
      <mw-icon [name]="look().icon" [size]="16" /> {{ look().word }}
    </div>
    <div class="words">
      <h3>
        {{ one.title }}
        @if (one.column) {
          <code>{{ one.column }}</code>
        }
      </h3>
      <p>{{ one.sentence }}</p>
      @if (evidence().length > 0) {
        <details>
          <summary>Figures</summary>
          <dl class="mw-rows">
            @for (line of evidence(); track line.name) {
              <dt>{{ line.name }}</dt>
              <dd class="mw-number">{{ line.value }}</dd>
            }
          </dl>
        </details>
      }
      @for (made of one.history; track $index) {
        <p class="decision">
          @if (made.reason) {
            “{{ made.reason }}”
          }
          <span class="mw-muted mw-small">
            {{ made.decision === 'waived' ? 'waived' : 'waiver withdrawn' }}
            {{ made.by ? 'by ' + made.by + ',' : '' }} <mw-time [at]="made.at" />
          </span>
        </p>
      }
    </div>
    @if (canEdit()) {
      <div class="actions">
        @if (again(); as query) {
          <a matButton="outlined" [routerLink]="['/p', run().projectId, 'runs', 'new']" [queryParams]="query">
            <mw-icon name="refresh" [size]="15" /> Leave out and run again
          </a>
        }
        @if (one.state === 'waived') {
          <button type="button" matButton="text" [disabled]="busy()" (click)="withdrawAsked.emit()">
            Withdraw waiver
          </button>
        } @else if (one.severity !== 'info') {
          <button type="button" matButton="text" [disabled]="busy()" (click)="waiveAsked.emit()">
            Waive<span class="visually-hidden"> “{{ one.title }} {{ one.column }}”</span>
          </button>
        }
      </div>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: 148px minmax(0, 1fr) auto;
      gap: 8px 16px;
      align-items: start;
      padding: 14px var(--mw-inset);
    }
    .severity {
      display: inline-flex;
      gap: 6px;
      align-items: center;
      font-weight: 500;
      line-height: 22px;
      color: var(--mat-sys-on-surface-variant);
    }
    .severity.warning {
      color: var(--mw-warning);
    }
    .words {
      display: grid;
      gap: 6px;
      max-width: 76ch;
      overflow-wrap: anywhere;
    }
    summary {
      width: max-content;
      cursor: pointer;
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
    }
    dl {
      margin-top: 6px;
    }
    .decision {
      padding-left: 10px;
      border-left: 2px solid var(--mw-warning);
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      justify-content: end;
    }
    @media (width < 900px) {
      :host {
        grid-template-columns: minmax(0, 1fr);
        padding: 14px 16px;
      }
      .actions {
        justify-content: start;
      }
    }
  `,
})
export class FindingItem {
  readonly run = input.required<Run>();
  readonly finding = input.required<RunFinding>();
  readonly canEdit = input(false);
  readonly busy = input(false);
  readonly waiveAsked = output();
  readonly withdrawAsked = output();

  protected readonly look = computed(() => severityLook(this.finding()));
  protected readonly evidence = computed(() => evidenceLines(this.finding().evidence));
  /** The same run without the column; null where the finding is about no feature, or the table is gone. */
  protected readonly again = computed(() => {
    const { column } = this.finding();
    const { datasetId, versionNumber, target, features } = this.run();
    if (column === null || datasetId === null || !features.includes(column)) return null;
    return { dataset: datasetId, v: versionNumber, target: target ?? undefined, exclude: column };
  });
}
