import { Component, computed, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { Run } from '@modelwright/sdk';
import { Icon } from '../shared/ui/icon';
import { smallerPreset, stageWord } from './run-words';

/** Where it failed, why, the last lines, and the way on. */
@Component({
  selector: 'mw-run-failure',
  imports: [Icon, MatButton, RouterLink],
  host: { class: 'mw-card', role: 'alert' },
  template: `
    <mw-icon name="cross-circle" [size]="22" />
    <div class="words">
      <h2>{{ title() }}</h2>
      <p>{{ run().failure?.message ?? 'The trainer ended without saying why.' }}</p>
      @if (lines()) {
        <details open>
          <summary>Last lines of the log</summary>
          <pre tabindex="0">{{ lines() }}</pre>
        </details>
      }
      @if (canEdit() && run().datasetId) {
        <a
          matButton="filled"
          [routerLink]="['/p', run().projectId, 'runs', 'new']"
          [queryParams]="{
            dataset: run().datasetId,
            v: run().versionNumber,
            target: run().target ?? undefined,
            preset: smaller(),
          }"
        >
          <mw-icon name="refresh" [size]="15" /> Try again with less
        </a>
        <p class="mw-small mw-muted">
          Opens the same table and target with the shorter preset; fewer columns or families help as well.
        </p>
      }
    </div>
  `,
  styles: `
    :host {
      display: flex;
      gap: 12px;
      padding: 20px;
      border-color: color-mix(in srgb, var(--mat-sys-error) 35%, transparent);
      background: var(--mw-error-soft);
    }
    :host > mw-icon {
      height: 24px;
      color: var(--mat-sys-error);
    }
    .words {
      display: grid;
      flex: 1;
      gap: 8px;
      justify-items: start;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    details {
      width: 100%;
    }
    summary {
      cursor: pointer;
    }
    pre {
      max-height: 240px;
      margin: 8px 0 0;
      padding: 10px 12px;
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface);
      overflow: auto;
      white-space: pre-wrap;
    }
  `,
})
export class RunFailureView {
  readonly run = input.required<Run>();
  readonly canEdit = input(false);
  protected readonly title = computed(() => {
    const stage = this.run().failure?.stage;
    return stage ? `Failed while ${lower(stageWord(stage))}` : 'The run failed';
  });
  protected readonly smaller = computed(() => smallerPreset(this.run().preset));
  protected readonly lines = computed(() => this.run().failure?.lastLogLines.join('\n') ?? '');
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
