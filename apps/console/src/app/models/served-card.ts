import { Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { StatusChip } from '../shared/ui/status-chip';
import { ModelStore } from './model.store';

/** The deployments that serve a version of this model; nothing while there is none. */
@Component({
  selector: 'mw-served-card',
  imports: [RouterLink, StatusChip],
  template: `
    @if (store.deployments.hasValue() && store.deployments.value().length > 0) {
      <section class="mw-card" aria-labelledby="served-title">
        <div class="mw-card-head"><h2 id="served-title">Where it is served</h2></div>
        <ul class="mw-card-body mw-stack-tight">
          @for (deployment of store.deployments.value(); track deployment.id) {
            <li class="mw-row">
              <a class="mw-grow" [routerLink]="['/p', deployment.projectId, 'deployments', deployment.id]">{{
                deployment.name
              }}</a>
              <span class="mw-small mw-muted">version {{ deployment.modelVersionNumber }}</span>
              <mw-status [status]="deployment.observedState" />
            </li>
          }
        </ul>
      </section>
    }
  `,
})
export class ServedCard {
  protected readonly store = inject(ModelStore);
}
