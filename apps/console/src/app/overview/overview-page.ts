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
import { nextStep } from './next-step';

const ROOMS: Readonly<
  Record<ProjectOverview['recent'][number]['kind'], { readonly path: string; readonly icon: IconName }>
> = {
  dataset: { path: 'data', icon: 'data' },
  run: { path: 'runs', icon: 'runs' },
  model: { path: 'models', icon: 'models' },
  deployment: { path: 'deployments', icon: 'deployments' },
};

/** Where the project stands: the phases, what to do next and why, what waits for a person, what was touched last. */
@Component({
  selector: 'mw-overview-page',
  imports: [
    EmptyState,
    Icon,
    MatButton,
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
    const overview = this.overview();
    return overview ? nextStep(overview, this.project.canEdit()) : null;
  });
  protected readonly needs = computed(() =>
    (this.overview()?.needsYou ?? []).map((one) => this.withRoom(one)),
  );
  protected readonly recent = computed(() =>
    (this.overview()?.recent ?? []).map((one) => this.withRoom(one)),
  );

  private withRoom<T extends { readonly kind: keyof typeof ROOMS; readonly id: string }>(
    thing: T,
  ): T & { readonly link: readonly string[]; readonly icon: IconName } {
    const room = ROOMS[thing.kind];
    return { ...thing, link: ['/p', this.store.projectId(), room.path, thing.id], icon: room.icon };
  }
}
