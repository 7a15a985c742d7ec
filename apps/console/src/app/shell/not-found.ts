import { Component } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { EmptyState } from '../shared/ui/empty-state';
import { PageHeader } from '../shared/ui/page-header';

@Component({
  selector: 'mw-not-found',
  imports: [EmptyState, MatButton, PageHeader, RouterLink],
  host: { class: 'mw-page' },
  template: `
    <mw-page-header heading="Nothing here" />
    <mw-empty icon="search" title="No screen has this address" text="The link may be old or mistyped.">
      <a matButton="filled" routerLink="/">Go to your projects</a>
    </mw-empty>
  `,
})
export class NotFound {}
