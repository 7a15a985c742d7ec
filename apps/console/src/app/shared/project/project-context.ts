import { Injectable, computed, inject, resource } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router } from '@angular/router';
import { getProject } from '@modelwright/sdk';
import { filter, map, startWith } from 'rxjs';
import { call } from '../api/call';

/** The project that is open: the one in the URL. */
@Injectable({ providedIn: 'root' })
export class ProjectContext {
  private readonly router = inject(Router);
  readonly id = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map((event) => event.urlAfterRedirects),
      startWith(this.router.url),
      map((url) => /^\/p\/([^/?#]+)/.exec(url)?.[1]),
    ),
    { initialValue: undefined },
  );
  readonly project = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) =>
      call(getProject({ path: { projectId: params }, signal: abortSignal })),
  });
  readonly name = computed(() => (this.project.hasValue() ? this.project.value().name : undefined));
  /** Whether the reader may change things here; a viewer may look only. */
  readonly canEdit = computed(() => this.project.hasValue() && this.project.value().role !== 'viewer');
  readonly isOwner = computed(() => this.project.hasValue() && this.project.value().role === 'owner');
}
