import { Component, computed, inject, input, output } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { RouterLink } from '@angular/router';
import { ActivityStore } from '../shared/activity/activity.store';
import { keyCaps } from '../shared/keyboard/keys';
import { ProjectContext } from '../shared/project/project-context';
import { Breadcrumbs } from '../shared/ui/breadcrumbs';
import { Icon } from '../shared/ui/icon';
import { AccountMenu } from './account-menu';
import { AlertsBell } from './alerts-bell';
import { ProjectSwitcher } from './project-switcher';
import { ShellKeys } from './shell-keys';

@Component({
  selector: 'mw-top-bar',
  imports: [AccountMenu, AlertsBell, Icon, MatTooltip, ProjectSwitcher, RouterLink],
  templateUrl: './top-bar.html',
  styleUrl: './top-bar.scss',
})
export class TopBar {
  readonly small = input(false);
  readonly drawerOpen = input(false);
  readonly menuAsked = output();
  readonly activityAsked = output();

  protected readonly project = inject(ProjectContext);
  protected readonly trail = inject(Breadcrumbs).trail;
  protected readonly keys = inject(ShellKeys);
  protected readonly paletteKeys = keyCaps('mod+k').flat();
  private readonly activity = inject(ActivityStore);
  protected readonly running = this.activity.runningCount;
  protected readonly activityLabel = computed(() =>
    this.running() === 0 ? 'Activity' : `Activity, ${this.running()} running`,
  );
}
