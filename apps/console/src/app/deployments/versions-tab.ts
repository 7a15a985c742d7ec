import { Component, inject } from '@angular/core';
import { ProjectContext } from '../shared/project/project-context';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { NextVersion } from './next-version';
import { RehearsalCard } from './rehearsal-card';
import { RevisionList } from './revision-list';
import { RollbackRuleForm } from './rollback-rule-form';
import { ServedVersions } from './served-versions';
import { VersionsStore } from './versions.store';

/** Which versions answer, what is tried beside them, and what answered when. */
@Component({
  selector: 'mw-versions-tab',
  imports: [
    NextVersion,
    ProblemView,
    RehearsalCard,
    RevisionList,
    RollbackRuleForm,
    ServedVersions,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [VersionsStore],
  template: `
    @if (store.problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <mw-view [source]="store.traffic">
      <ng-template mwLoading><mw-skeleton [lines]="6" [height]="28" /></ng-template>
      <ng-template [mwContent]="store.traffic">
        <div class="mw-stack">
          <mw-served-versions />
          @if (project.canEdit()) {
            <mw-next-version />
            <mw-rehearsal-card />
            <mw-rollback-rule-form />
          }
          <mw-revision-list />
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
  `,
})
export class VersionsTab {
  protected readonly store = inject(VersionsStore);
  protected readonly project = inject(ProjectContext);
}
