import { Component, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router } from '@angular/router';
import { filter, map, startWith } from 'rxjs';
import { PhaseStrip } from '../shared/project/phase-strip';
import { OverviewStore } from '../shared/project/overview.store';

/** The phase strip as one thin line, on every screen of a project but the overview, which shows it in full. */
@Component({
  selector: 'mw-phase-line',
  imports: [PhaseStrip],
  host: { '[hidden]': 'isOverview()' },
  template: `@if (!isOverview()) {
    <mw-phase-strip thin [phases]="phases()" [projectId]="store.projectId()" />
  }`,
  styles: `
    :host {
      display: block;
      min-height: 30px;
      padding: 0 16px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      background: var(--mat-sys-background);
      overflow-x: auto;
      scrollbar-width: none;
    }
    :host([hidden]) {
      display: none;
    }
  `,
})
export class PhaseLine {
  protected readonly store = inject(OverviewStore);
  private readonly router = inject(Router);
  private readonly url = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map(() => this.router.url),
      startWith(this.router.url),
    ),
    { requireSync: true },
  );
  protected readonly isOverview = computed(() => /^\/p\/[^/?#]+\/?([?#]|$)/.test(this.url()));
  protected readonly phases = computed(() =>
    this.store.overview.hasValue() ? this.store.overview.value().phases : [],
  );
}
