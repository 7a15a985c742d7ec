import { Component, computed, inject } from '@angular/core';
import { PhaseStrip } from '../shared/project/phase-strip';
import { OverviewStore } from '../shared/project/overview.store';

/** The phase strip as one thin line, on every screen of a project. */
@Component({
  selector: 'mw-phase-line',
  imports: [PhaseStrip],
  template: `<mw-phase-strip thin [phases]="phases()" [projectId]="store.projectId()" />`,
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
  `,
})
export class PhaseLine {
  protected readonly store = inject(OverviewStore);
  protected readonly phases = computed(() =>
    this.store.overview.hasValue() ? this.store.overview.value().phases : [],
  );
}
