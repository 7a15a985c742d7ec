import { Component, computed, inject, input, signal } from '@angular/core';
import type { Run, RunFinding } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { ProjectContext } from '../../shared/project/project-context';
import { EmptyState } from '../../shared/ui/empty-state';
import { ProblemView } from '../../shared/ui/problem-view';
import { Prompt } from '../../shared/ui/prompt';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { isActive } from '../run-words';
import { FindingItem } from './finding-item';
import { FindingsStore } from './findings.store';

/** What may be wrong with the data of a run: known before it began, and found at its end. */
@Component({
  selector: 'mw-findings-panel',
  imports: [EmptyState, FindingItem, ProblemView, Skeleton, View, ViewContent, ViewLoading],
  template: `
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.source">
      <ng-template mwLoading><mw-skeleton class="mw-card mw-card-body" [lines]="6" /></ng-template>
      <ng-template [mwContent]="store.source">
        <div class="mw-stack">
          @for (group of groups(); track group.phase) {
            <section class="mw-card" [attr.aria-labelledby]="'findings-' + group.phase">
              <div class="mw-card-head">
                <h2 [id]="'findings-' + group.phase">{{ group.title }}</h2>
                <span class="mw-small mw-muted">{{ group.text }}</span>
              </div>
              <ul>
                @for (finding of group.items; track finding.id) {
                  <li>
                    <mw-finding
                      [run]="run()"
                      [finding]="finding"
                      [canEdit]="context.canEdit()"
                      [busy]="busy()"
                      (waiveAsked)="waive(finding)"
                      (withdrawAsked)="withdraw(finding)"
                    />
                  </li>
                } @empty {
                  <li><mw-empty [icon]="group.icon" [title]="group.empty" [text]="group.why" /></li>
                }
              </ul>
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
    li + li {
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
  `,
})
export class FindingsPanel {
  readonly run = input.required<Run>();
  protected readonly store = inject(FindingsStore);
  protected readonly context = inject(ProjectContext);
  private readonly prompt = inject(Prompt);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);

  protected readonly groups = computed(() => {
    const items = this.store.items();
    const after = items.filter(({ phase }) => phase === 'after');
    const before = items.filter(({ phase }) => phase === 'before');
    return [
      ...(before.length > 0
        ? [
            {
              phase: 'before',
              title: 'Known before the run',
              text: 'From the table',
              items: before,
              icon: 'check-circle' as const,
              empty: '',
              why: '',
            },
          ]
        : []),
      {
        phase: 'after',
        title: 'Found by the run',
        text: 'Measured at its end',
        items: after,
        ...nothingFound({
          hasLooked: this.store.source.hasValue() && this.store.source.value().lookedAfter,
          isActive: isActive(this.run()),
          knownBefore: before.length,
        }),
      },
    ];
  });

  protected async waive(finding: RunFinding): Promise<void> {
    await this.prompt.ask({
      title: `Waive “${finding.column ? `${finding.title}: ${finding.column}` : finding.title}”?`,
      label: 'Reason',
      help: 'At least ten characters. It stays on this run and on its model, with your name.',
      value: '',
      action: 'Waive finding',
      maxLength: 1000,
      perform: (reason) => this.store.waive(finding.id, reason),
    });
  }

  protected async withdraw(finding: RunFinding): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.store.withdraw(finding.id);
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}

interface NothingFound {
  readonly icon: 'check-circle' | 'clock' | 'dash-circle';
  readonly empty: string;
  readonly why: string;
}

/** Silence must not look like a clean bill, and neither must the run's when the table has told something already. */
export function nothingFound(known: {
  readonly hasLooked: boolean;
  readonly isActive: boolean;
  readonly knownBefore: number;
}): NothingFound {
  if (known.hasLooked && known.knownBefore > 0)
    return {
      icon: 'dash-circle',
      empty: 'No further finding',
      why: `The checks at the end added nothing to the ${known.knownBefore === 1 ? 'finding' : `${known.knownBefore} findings`} above.`,
    };
  if (known.hasLooked)
    return {
      icon: 'check-circle',
      empty: 'Nothing was found',
      why: 'No leak, no identifier, no copies across the split, no order in time.',
    };
  if (known.isActive)
    return {
      icon: 'clock',
      empty: 'Not looked yet',
      why: 'The run looks for leaks when its model is fitted and judged.',
    };
  return {
    icon: 'dash-circle',
    empty: 'Not looked',
    why: 'The run did not come to it, and its log says why; nothing is known about leaks. More time usually helps.',
  };
}
