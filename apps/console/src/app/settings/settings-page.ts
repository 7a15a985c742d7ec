import { Component } from '@angular/core';
import { PageHeader } from '../shared/ui/page-header';

@Component({
  selector: 'mw-settings-page',
  imports: [PageHeader],
  host: { class: 'mw-page' },
  template: `<mw-page-header heading="Settings" />`,
})
export class SettingsPage {}
