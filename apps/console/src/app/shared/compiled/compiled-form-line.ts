import { Component, computed, inject, input, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { getCompiledForm, translateModelVersion } from '@modelwright/sdk';
import { call } from '../api/call';
import { type ApiProblem, toProblem } from '../api/problem';
import { ProjectContext } from '../project/project-context';
import { reloadOn } from '../realtime/realtime';
import { Icon } from '../ui/icon';
import { compiledFormWords, pathWords } from './compiled-form-words';

/** For a version that is answered by its container: how far its translation is, or the button that asks for one. */
@Component({
  selector: 'mw-compiled-form-line',
  imports: [Icon, MatButton],
  template: `
    @if (isTold() && form.hasValue()) {
      <p class="path">
        <mw-icon [name]="form.value().isCompiled ? 'check-circle' : 'info'" [size]="16" />
        <span>{{ pathWords(form.value()) }}</span>
      </p>
    }
    @if (words(); as words) {
      @if (words.news; as news) {
        <span class="news mw-muted mw-small" role="status">
          @if (words.isBusy) {
            <mw-icon name="running" [size]="14" [spin]="true" />
          }
          <span>{{ news }}</span>
        </span>
      }
      @if (words.action && project.canEdit()) {
        <button type="button" matButton="tonal" [disabled]="isAsking()" (click)="translate()">
          {{ words.action }}
        </button>
      }
    }
    @if (problem(); as problem) {
      <span class="mw-error mw-small" role="alert">{{ problem.detail }}</span>
    }
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
    }
    :host:empty {
      display: none;
    }
    .path {
      display: flex;
      flex-basis: 100%;
      gap: 8px;
      margin: 0;
    }
    .path mw-icon {
      flex: none;
      margin-top: 2px;
    }
    .news {
      display: flex;
      align-items: center;
      gap: 6px;
    }
    .mw-error {
      color: var(--mat-sys-error);
    }
  `,
})
export class CompiledFormLine {
  readonly modelVersionId = input.required<string>();
  /** Whether the path itself is told as well, where nothing else on the screen does. */
  readonly isTold = input(false);
  protected readonly project = inject(ProjectContext);
  protected readonly pathWords = pathWords;
  protected readonly form = resource({
    params: () => this.modelVersionId(),
    loader: ({ params, abortSignal }) =>
      call(getCompiledForm({ path: { modelVersionId: params }, signal: abortSignal })),
  });
  protected readonly words = computed(() =>
    this.form.hasValue() && !(this.isTold() && this.form.value().isCompiled)
      ? compiledFormWords(this.form.value())
      : undefined,
  );
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly isAsking = signal(false);

  constructor() {
    reloadOn(this.form, ({ type }) => type === 'analysis.updated' || type === 'model.updated');
  }

  protected async translate(): Promise<void> {
    const modelVersionId = this.modelVersionId();
    this.problem.set(undefined);
    this.isAsking.set(true);
    try {
      this.form.set(await call(translateModelVersion({ path: { modelVersionId } })));
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.isAsking.set(false);
    }
  }
}
