import { Component, Directive, TemplateRef, computed, contentChild, inject, input } from '@angular/core';
import { NgTemplateOutlet } from '@angular/common';
import { MatButton } from '@angular/material/button';
import { formatCount, formatDuration, plural } from '../../shared/format/numbers';
import { ProjectContext } from '../../shared/project/project-context';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { Progress } from '../../shared/ui/progress';
import { Skeleton } from '../../shared/ui/skeleton';
import { type AnalysisKind, type Asked, InsightsStore, type ResultOf } from './insights.store';

interface AnswerContext<K extends AnalysisKind> {
  $implicit: ResultOf<K>;
}

/** `<ng-template [mwAnswer]="asked" let-result>`: drawn once the answer is there; the binding only gives the type. */
@Directive({ selector: 'ng-template[mwAnswer]' })
export class AnalysisAnswer<K extends AnalysisKind> {
  readonly mwAnswer = input.required<Asked<K>>();
  readonly template = inject<TemplateRef<AnswerContext<K>>>(TemplateRef);

  static ngTemplateContextGuard<K extends AnalysisKind>(
    _: AnalysisAnswer<K>,
    context: unknown,
  ): context is AnswerContext<K> {
    return context !== undefined;
  }
}

/** The faces of a question: does not apply, not asked, waiting, running, failed, and the answer with how it was made. */
@Component({
  selector: 'mw-analysis',
  imports: [Icon, MatButton, NgTemplateOutlet, ProblemView, Progress, Skeleton],
  template: `
    @let asked = question();
    @if (asked.inapplicable(); as reason) {
      <p class="line mw-muted"><mw-icon name="dash-circle" [size]="16" /> {{ reason }}</p>
    } @else if (store.list.error(); as error) {
      <mw-problem [error]="error" [compact]="true" (retried)="store.list.reload()" />
    } @else if (asked.problem(); as problem) {
      <mw-problem [error]="problem" [compact]="true" (retried)="asked.ask()" />
    } @else {
      @switch (status()) {
        @case ('succeeded') {
          @if (asked.result(); as result) {
            @if (answer(); as template) {
              <ng-container
                [ngTemplateOutlet]="template.template"
                [ngTemplateOutletContext]="{ $implicit: result }"
              />
            }
            <details class="about mw-small">
              <summary>{{ result.method.label }} · {{ basis() }}</summary>
              <p class="mw-muted">Source: {{ result.method.source }}.</p>
              @if (result.notes.length > 0) {
                <ul class="mw-muted">
                  @for (note of result.notes; track note) {
                    <li>{{ note }}</li>
                  }
                </ul>
              }
            </details>
          } @else if (asked.answer.error(); as error) {
            <mw-problem [error]="error" [compact]="true" (retried)="asked.answer.reload()" />
          } @else {
            <mw-skeleton [lines]="6" [height]="20" />
          }
        }
        @case ('queued') {
          <ng-container [ngTemplateOutlet]="working" />
        }
        @case ('running') {
          <ng-container [ngTemplateOutlet]="working" />
        }
        @case ('failed') {
          <div class="ended" role="alert">
            <mw-icon name="cross-circle" [size]="18" />
            <div class="mw-stack-tight">
              <strong>This could not be computed</strong>
              <p>{{ asked.summary()?.reason ?? 'The computation ended without saying why.' }}</p>
              @if (context.canEdit()) {
                <div>
                  <button
                    type="button"
                    matButton="outlined"
                    [disabled]="asked.isBusy()"
                    (click)="asked.ask()"
                  >
                    <mw-icon name="refresh" [size]="16" /> Try again
                  </button>
                </div>
              }
            </div>
          </div>
        }
        @default {
          @if (store.list.isLoading() && !store.list.hasValue()) {
            <mw-skeleton [lines]="6" [height]="20" />
          } @else if (asked.isBusy()) {
            <p class="line mw-muted" role="status">
              <mw-icon name="running" [size]="16" [spin]="true" /> Asking…
            </p>
          } @else {
            <div class="unasked">
              <p class="mw-muted">{{ unasked() }}</p>
              @if (context.canEdit()) {
                <button type="button" matButton="outlined" (click)="asked.ask()">
                  <mw-icon name="play" [size]="14" /> {{ verb() }}
                </button>
              }
            </div>
          }
        }
      }
    }
    <ng-template #working>
      <div class="working">
        <div class="mw-row">
          <p class="mw-grow" aria-live="polite">
            <mw-icon
              [name]="status() === 'queued' ? 'clock' : 'running'"
              [size]="16"
              [spin]="status() === 'running'"
            />
            {{ doing() }}
          </p>
          @if (context.canEdit()) {
            <button
              type="button"
              matButton="text"
              [disabled]="question().isBusy()"
              (click)="question().cancel()"
            >
              Cancel
            </button>
          }
        </div>
        <mw-progress [label]="title()" [fraction]="fraction()" />
      </div>
    </ng-template>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 12px;
      min-width: 0;
    }
    .line,
    .working p {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    .working {
      display: grid;
      gap: 6px;
      padding-block: 12px;
    }
    .ended {
      display: flex;
      gap: 10px;
      padding: 12px;
      border-radius: var(--mw-radius);
      background: var(--mw-error-soft);
      overflow-wrap: anywhere;
    }
    .ended > mw-icon {
      flex: none;
      color: var(--mat-sys-error);
    }
    .unasked {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      justify-content: space-between;
      gap: 8px 16px;
    }
    .unasked p {
      max-width: 70ch;
    }
    .about summary {
      min-height: 24px;
      color: var(--mat-sys-on-surface-variant);
      line-height: 24px;
      cursor: pointer;
    }
    .about ul {
      display: grid;
      gap: 4px;
      max-width: 100ch;
      margin-top: 4px;
      padding-left: 18px;
      list-style: disc;
    }
  `,
})
export class AnalysisView<K extends AnalysisKind> {
  readonly question = input.required<Asked<K>>();
  readonly title = input.required<string>();
  /** What a button says that asks. */
  readonly verb = input('Compute');
  /** One sentence for what nobody has asked yet. */
  readonly invitation = input('Nobody has asked for this yet.');

  protected readonly store = inject(InsightsStore);
  protected readonly context = inject(ProjectContext);
  protected readonly answer = contentChild<AnalysisAnswer<K>>(AnalysisAnswer);
  protected readonly status = computed(() => this.question().summary()?.status);
  protected readonly fraction = computed(() =>
    this.status() === 'running' ? (this.question().summary()?.progress ?? 0) : 0,
  );
  protected readonly doing = computed(() => {
    const now = this.question().summary();
    if (now?.status === 'queued') {
      const ahead = (now.queuePosition ?? 1) - 1;
      return ahead > 0
        ? `Waits behind ${plural(ahead, 'other analysis', 'other analyses')}`
        : 'Waits for its turn';
    }
    const done = Math.round((now?.progress ?? 0) * 100);
    return `${now?.step ?? 'Starts'}${done > 0 ? ` · ${done} %` : '…'}`;
  });
  protected readonly unasked = computed(() => {
    if (this.status() === 'cancelled') return 'This was cancelled before it was done.';
    return this.context.canEdit() ? this.invitation() : `${this.invitation()} An editor can ask for it.`;
  });
  protected readonly basis = computed(() => {
    const result = this.question().result();
    if (!result) return '';
    const whose = { holdout: 'held-out rows', training: 'training rows', given: 'given rows' }[result.data];
    return `${formatCount(result.rows)} ${whose} · took ${formatDuration(result.seconds)}`;
  });
}
