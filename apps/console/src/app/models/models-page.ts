import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import type { Model } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { BytesPipe, ScorePipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { metricLabel, taskWord } from '../shared/metrics/metric-words';
import { ProjectContext } from '../shared/project/project-context';
import { Confirm } from '../shared/ui/confirm';
import { copyText } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Prompt } from '../shared/ui/prompt';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { ModelsStore } from './models.store';

/** The models of the project with their newest version. */
@Component({
  selector: 'mw-models-page',
  imports: [
    BytesPipe,
    EmptyState,
    Icon,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    ProblemView,
    RouterLink,
    ScorePipe,
    Skeleton,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  providers: [ModelsStore],
  host: { class: 'mw-page' },
  template: `
    <mw-page-header heading="Models">
      @if (project.canEdit()) {
        <a matButton="outlined" [routerLink]="newRun()"><mw-icon name="plus" [size]="16" /> New run</a>
      }
    </mw-page-header>
    @if (failure(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.list.source" [empty]="store.list.isEmpty()">
      <ng-template mwLoading>
        <div class="mw-card mw-card-body"><mw-skeleton [lines]="5" [height]="18" /></div>
      </ng-template>
      <ng-template mwEmpty>
        <div class="mw-card">
          <mw-empty
            icon="models"
            title="No models yet"
            text="Every run that succeeds keeps its best candidate here, ready to be deployed."
            [command]="command()"
          >
            @if (project.canEdit()) {
              <a matButton="filled" [routerLink]="newRun()">New run</a>
            }
          </mw-empty>
        </div>
      </ng-template>
      <ng-template [mwContent]="store.list.source" let-list>
        <div class="mw-card">
          <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Models">
            <table class="mw-table">
              <thead>
                <tr>
                  <th scope="col">Model</th>
                  <th scope="col">Predicts</th>
                  <th scope="col">Dataset</th>
                  <th scope="col">Metric</th>
                  <th scope="col" class="mw-num">Hold-out</th>
                  <th scope="col">Winner</th>
                  <th scope="col" class="mw-num">Versions</th>
                  <th scope="col" class="mw-num">Size</th>
                  <th scope="col">Updated</th>
                  <th scope="col"><span class="visually-hidden">Actions</span></th>
                </tr>
              </thead>
              <tbody>
                @for (row of rows(); track row.model.id) {
                  <tr>
                    <td class="name">
                      <a class="mw-row-link" [routerLink]="row.link">{{ row.model.name }}</a>
                      <span class="mw-small mw-muted">{{ row.latest?.sentence ?? 'No version left' }}</span>
                    </td>
                    <td>
                      <code>{{ row.model.target }}</code>
                      <span class="mw-small mw-muted"> {{ row.task }}</span>
                    </td>
                    <td class="mw-muted">{{ row.model.datasetName }}</td>
                    <td class="mw-muted">{{ row.metric }}</td>
                    <td class="mw-num strong">{{ row.latest?.metric?.value | score }}</td>
                    <td class="mw-muted">{{ row.latest?.winner?.label ?? '–' }}</td>
                    <td class="mw-num">{{ row.model.versionCount }}</td>
                    <td class="mw-num">{{ row.latest?.sizeBytes | bytes }}</td>
                    <td class="mw-muted"><mw-time [at]="row.model.updatedAt" /></td>
                    <td class="mw-num">
                      <button
                        type="button"
                        class="mw-icon-button mw-over-link"
                        [matMenuTriggerFor]="menu"
                        [attr.aria-label]="'Actions for ' + row.model.name"
                      >
                        <mw-icon name="more" />
                      </button>
                      <mat-menu #menu xPosition="before">
                        <a mat-menu-item [routerLink]="row.link">Open</a>
                        @if (project.canEdit()) {
                          <button mat-menu-item type="button" (click)="rename(row.model)">Rename</button>
                        }
                        <button mat-menu-item type="button" (click)="copyLink(row.model)">Copy link</button>
                        @if (project.canEdit()) {
                          <button mat-menu-item type="button" (click)="remove(row.model)">Delete</button>
                        }
                      </mat-menu>
                    </td>
                  </tr>
                }
              </tbody>
            </table>
          </div>
        </div>
        @if (list.hasMore) {
          <p class="more">
            <button type="button" matButton="outlined" (click)="store.list.more()">Show more</button>
          </p>
        }
      </ng-template>
    </mw-view>
  `,
  styles: `
    .name {
      min-width: 200px;
    }
    .name .mw-small {
      display: block;
    }
    .strong {
      font-weight: 500;
    }
    .more {
      margin-top: 12px;
      text-align: center;
    }
  `,
})
export class ModelsPage {
  readonly projectId = input.required<string>({ alias: 'project' });
  protected readonly store = inject(ModelsStore);
  protected readonly project = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly prompt = inject(Prompt);
  protected readonly failure = signal<unknown>(undefined);
  protected readonly newRun = computed(() => ['/p', this.projectId(), 'runs', 'new']);
  protected readonly command = computed(
    () =>
      `curl -H "Authorization: Bearer $API_KEY" ${location.origin}/api/projects/${this.projectId()}/models`,
  );
  protected readonly rows = computed(() =>
    this.store.list.items().map((model) => ({
      model,
      latest: model.latestVersion,
      link: ['/p', model.projectId, 'models', model.id],
      task: taskWord(model.task).toLowerCase(),
      metric: model.latestVersion ? metricLabel(model.latestVersion.metric.name) : '–',
    })),
  );

  protected copyLink(model: Model): void {
    void copyText(new URL(`/p/${model.projectId}/models/${model.id}`, location.origin).href);
  }

  protected async rename(model: Model): Promise<void> {
    await this.prompt.ask({
      title: 'Rename model',
      label: 'Name',
      value: model.name,
      action: 'Rename model',
      perform: (name) => this.store.rename(model, name),
    });
  }

  protected async remove(model: Model): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete model “${model.name}”?`,
      text: 'All its versions and their files go. It is refused while a deployment serves one of them.',
      action: 'Delete model',
      destructive: true,
    });
    if (!sure) return;
    this.failure.set(undefined);
    try {
      await this.store.delete(model);
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }
}
