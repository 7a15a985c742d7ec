import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { ProjectOverview } from '@modelwright/sdk';
import { TimeAgo } from '../shared/format/time-ago';
import { OverviewStore } from '../shared/project/overview.store';
import { PhaseStrip } from '../shared/project/phase-strip';
import { ProjectContext } from '../shared/project/project-context';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { PageHeader } from '../shared/ui/page-header';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { MembersCard } from './members-card';

type Entity = ProjectOverview['recent'][number]['entity'];
type NextAction = ProjectOverview['nextStep']['action'];

const ROOMS: Readonly<Record<Entity['kind'], { readonly path: string; readonly icon: IconName }>> = {
  dataset: { path: 'data', icon: 'data' },
  run: { path: 'runs', icon: 'runs' },
  model: { path: 'models', icon: 'models' },
  deployment: { path: 'deployments', icon: 'deployments' },
};
/** Steps that change something; those who may only look are not offered them. */
const FOR_EDITORS: readonly NextAction[] = ['upload-data', 'start-run', 'deploy-model'];

/** Where the project stands: the phases, what to do next and why, what waits for a person, what was touched last. */
@Component({
  selector: 'mw-overview-page',
  imports: [
    EmptyState,
    Icon,
    MatButton,
    MembersCard,
    PageHeader,
    PhaseStrip,
    RouterLink,
    Skeleton,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  host: { class: 'mw-page' },
  templateUrl: './overview-page.html',
  styleUrl: './overview-page.scss',
})
export class OverviewPage {
  protected readonly store = inject(OverviewStore);
  protected readonly project = inject(ProjectContext);
  private readonly overview = computed(() =>
    this.store.overview.hasValue() ? this.store.overview.value() : undefined,
  );

  protected readonly heading = computed(() => this.project.name() ?? 'Overview');
  protected readonly next = computed(() => {
    const step = this.overview()?.nextStep;
    if (!step || (FOR_EDITORS.includes(step.action) && !this.project.canEdit())) return null;
    return { ...step, ...this.wayTo(step) };
  });
  protected readonly needs = computed(() =>
    (this.overview()?.needsYou ?? []).map((one) => this.withRoom(one)),
  );
  protected readonly recent = computed(() =>
    (this.overview()?.recent ?? []).map((one) => this.withRoom(one)),
  );

  private wayTo({ action, entity }: ProjectOverview['nextStep']): {
    readonly link: readonly string[];
    readonly query: Readonly<Record<string, string>>;
  } {
    const project = ['/p', this.store.projectId()];
    if (action === 'start-run')
      return { link: [...project, 'runs', 'new'], query: entity ? { dataset: entity.id } : {} };
    if (!entity) return { link: [...project, 'data'], query: {} };
    return { link: [...project, ROOMS[entity.kind].path, entity.id], query: {} };
  }

  private withRoom<T extends { readonly entity: Entity }>(
    thing: T,
  ): T & { readonly link: readonly string[]; readonly icon: IconName } {
    const { kind, id } = thing.entity;
    return { ...thing, link: ['/p', this.store.projectId(), ROOMS[kind].path, id], icon: ROOMS[kind].icon };
  }
}
