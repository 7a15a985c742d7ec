import { Component, computed, inject, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { getCompiledForm, translateModelVersion } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';
import { Icon } from '../shared/ui/icon';
import { compiledFormWords } from './compiled-form-words';
import { DeploymentStore } from './deployment.store';

/** For a deployment that is answered by its container: how far its translation is, or the button that asks for one. */
@Component({
  selector: 'mw-compiled-form-line',
  imports: [Icon, MatButton],
  template: `
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
  private readonly store = inject(DeploymentStore);
  protected readonly project = inject(ProjectContext);
  private readonly versionId = computed(() => this.store.current()?.modelVersionId);
  protected readonly form = resource({
    params: () => this.versionId(),
    loader: ({ params, abortSignal }) =>
      call(getCompiledForm({ path: { modelVersionId: params }, signal: abortSignal })),
  });
  protected readonly words = computed(() =>
    this.form.hasValue() ? compiledFormWords(this.form.value()) : undefined,
  );
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly isAsking = signal(false);

  constructor() {
    reloadOn(this.form, ({ type }) => type === 'analysis.updated' || type === 'model.updated');
  }

  protected async translate(): Promise<void> {
    const modelVersionId = this.versionId();
    if (modelVersionId === undefined) return;
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
