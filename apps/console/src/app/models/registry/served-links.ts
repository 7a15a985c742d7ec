import { Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ServedVersion } from '@modelwright/sdk';
import { StatusChip } from '../../shared/ui/status-chip';

/** Where versions are live, each with its version and its state. */
@Component({
  selector: 'mw-served-links',
  imports: [RouterLink, StatusChip],
  template: `
    @for (use of uses(); track use.id) {
      <a class="mw-over-link" [routerLink]="['/p', projectId(), 'deployments', use.id]">
        <span class="name">{{ use.name }}</span>
        <span class="mw-small mw-muted">v{{ use.versionNumber }}</span>
        <mw-status [status]="use.state" [quiet]="true" />
      </a>
    }
  `,
  styles: `
    :host {
      display: grid;
      gap: 2px;
      justify-items: start;
    }
    a {
      display: inline-flex;
      gap: 6px;
      align-items: center;
      max-width: 260px;
    }
    .name {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
  `,
})
export class ServedLinks {
  readonly uses = input.required<readonly ServedVersion[]>();
  readonly projectId = input.required<string>();
}
