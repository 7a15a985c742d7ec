import { Component } from '@angular/core';
import { PageHeader } from '../shared/ui/page-header';

@Component({
  selector: 'mw-home-page',
  imports: [PageHeader],
  host: { class: 'mw-page' },
  template: `<mw-page-header heading="Home" />`,
})
export class HomePage {}
