import { Component, computed, input } from '@angular/core';
import type { Run } from '@modelwright/sdk';
import { DurationPipe } from '../shared/format/pipes';
import { Icon } from '../shared/ui/icon';
import { isActive, stageWord } from './run-words';

const ORDER = [
  'queue',
  'prepare',
  'load',
  'split',
  'search',
  'ensemble',
  'refit',
  'evaluate',
  'check',
  'explain',
  'save',
  'store',
];

/** The stages of a run with their times; what comes next is shown in grey. */
@Component({
  selector: 'mw-run-stages',
  imports: [DurationPipe, Icon],
  template: `
    <ol>
      @for (stage of stages(); track stage.id) {
        <li [class]="stage.state">
          <mw-icon [name]="stage.icon" [size]="16" [spin]="stage.state === 'now'" />
          <span class="mw-grow">
            {{ stage.word }}
            @if (stage.detail) {
              <span class="mw-small mw-muted">{{ stage.detail }}</span>
            }
          </span>
          <span class="mw-small mw-muted mw-number">
            @if (stage.seconds !== null) {
              {{ stage.seconds | duration }}
            }
          </span>
        </li>
      }
    </ol>
  `,
  styles: `
    ol {
      display: grid;
      gap: 10px;
    }
    li {
      display: flex;
      align-items: baseline;
      gap: 10px;
    }
    mw-icon {
      translate: 0 3px;
      color: var(--mat-sys-on-surface-variant);
    }
    .done mw-icon {
      color: var(--mw-success);
    }
    .now {
      font-weight: 500;
    }
    .now mw-icon {
      color: var(--mw-info);
    }
    .failed mw-icon {
      color: var(--mat-sys-error);
    }
    .next {
      color: var(--mat-sys-on-surface-variant);
    }
    .mw-grow .mw-small {
      display: block;
      font-weight: 400;
    }
  `,
})
export class RunStages {
  readonly run = input.required<Run>();

  protected readonly stages = computed(() => {
    const run = this.run();
    const known = new Map(run.stages.map((stage) => [stage.stage, stage]));
    const isOver = !isActive(run);
    return ORDER.filter((id) => !isOver || known.has(id)).map((id) => {
      const stage = known.get(id);
      const state = stateOf(run, id, stage?.status);
      return {
        id,
        word: stageWord(id),
        detail: stage?.detail ?? null,
        seconds: stage?.seconds ?? null,
        state,
        icon: ICONS[state],
      };
    });
  });
}

const ICONS = { done: 'check-circle', now: 'running', failed: 'cross-circle', next: 'circle' } as const;

function stateOf(run: Run, id: string, status: string | undefined): keyof typeof ICONS {
  if (status === 'finished') return 'done';
  if (run.status === 'failed' && (run.failure?.stage === id || status === 'started')) return 'failed';
  if (status === 'started' || run.stage === id) return run.status === 'succeeded' ? 'done' : 'now';
  if (run.status === 'queued' && id === 'queue') return 'now';
  return 'next';
}
