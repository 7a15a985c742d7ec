import { Component } from '@angular/core';
import { PageHeader } from '../shared/ui/page-header';

@Component({
  selector: 'mw-overview-page',
  imports: [PageHeader],
  host: { class: 'mw-page' },
  template: `<mw-page-header heading="Overview" />`,
})
export class OverviewPage {}
