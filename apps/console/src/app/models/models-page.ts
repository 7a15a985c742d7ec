import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { Model } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { ModelActions } from './model-actions';
import { ModelTable } from './model-table';
import { ModelsStore } from './models.store';

/** What the runs of this project found. */
@Component({
  selector: 'mw-models-page',
  imports: [
    EmptyState,
    Icon,
    MatButton,
    ModelTable,
    PageHeader,
    ProblemView,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  providers: [ModelActions],
  template: `
    <div class="mw-page">
      <mw-page-header heading="Models">
        @if (project.isOwner()) {
          <button type="button" matButton="text" (click)="editRules()">
            <mw-icon name="shield" [size]="15" /> Rules for promotion
          </button>
        }
        @if (project.canEdit()) {
          <a matButton="outlined" [routerLink]="['/p', project.id(), 'models', 'import']">
            <mw-icon name="upload" [size]="15" /> Import
          </a>
          <a matButton="filled" [routerLink]="['/p', project.id(), 'runs', 'new']">
            <mw-icon name="play" [size]="15" /> Train a model
          </a>
        }
      </mw-page-header>
      @if (failure(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <mw-view [source]="store.list.source" [empty]="store.list.isEmpty()">
        <ng-template mwLoading>
          <div class="mw-card mw-card-body"><mw-skeleton [lines]="6" [height]="18" /></div>
        </ng-template>
        <ng-template mwEmpty>
          <div class="mw-card">
            <mw-empty
              icon="models"
              title="No models in this project yet"
              text="A run tries many pipelines on your table and keeps the best one here, with everything that is known about it."
              command="npm run quickstart"
            >
              @if (project.canEdit()) {
                <a matButton="filled" [routerLink]="['/p', project.id(), 'runs', 'new']">Train a model</a>
              }
              <a matButton="outlined" [routerLink]="['/p', project.id(), 'data']">See the data</a>
            </mw-empty>
          </div>
        </ng-template>
        <ng-template [mwContent]="store.list.source" let-list>
          <div class="mw-card">
            <mw-model-table
              [models]="list.items"
              [canEdit]="project.canEdit()"
              (deployAsked)="deploy($event)"
              (renameAsked)="rename($event)"
              (deleteAsked)="remove($event)"
            />
          </div>
          @if (list.hasMore) {
            <p class="more">
              <button type="button" matButton="outlined" (click)="store.list.more()">Show more</button>
            </p>
          }
        </ng-template>
      </mw-view>
    </div>
  `,
  styles: `
    .more {
      margin-top: 12px;
      text-align: center;
    }
  `,
})
export class ModelsPage {
  protected readonly store = inject(ModelsStore);
  protected readonly project = inject(ProjectContext);
  private readonly actions = inject(ModelActions);
  protected readonly failure = signal<unknown>(undefined);

  protected async deploy(model: Model): Promise<void> {
    const version = model.latestVersion;
    if (!version) return;
    await this.actions.deploy({
      projectId: model.projectId,
      modelName: model.name,
      modelVersionId: version.id,
      versionNumber: version.number,
      openFindings: version.openFindings,
    });
  }

  /** What holds for every model of the project that has no rules of its own. */
  protected async editRules(): Promise<void> {
    this.failure.set(undefined);
    try {
      await this.actions.editProjectRules(await this.store.rules(), (rules) => this.store.setRules(rules));
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }

  protected async rename(model: Model): Promise<void> {
    await this.actions.rename(model, (name) => this.store.rename(model, name));
  }

  protected async remove(model: Model): Promise<void> {
    this.failure.set(undefined);
    try {
      await this.actions.remove(model, () => this.store.delete(model));
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }
}
