import { Component, ElementRef, effect, inject, signal, viewChild } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterOutlet } from '@angular/router';
import { MatTooltip } from '@angular/material/tooltip';
import { filter } from 'rxjs';
import { ActivityDrawer } from '../activity/activity-drawer';
import { ProjectContext } from '../shared/project/project-context';
import { Icon } from '../shared/ui/icon';
import { mediaMatches } from '../shared/ui/media';
import { remembered } from '../shared/ui/remembered';
import { PhaseLine } from './phase-line';
import { Rail } from './rail';
import { ShellKeys } from './shell-keys';
import { StatusBar } from './status-bar';
import { TopBar } from './top-bar';

const SMALL = '(width < 900px)';

/** Rail, top bar, phase line, the screen, and the drawer at the right. */
@Component({
  selector: 'mw-shell',
  imports: [ActivityDrawer, Icon, MatTooltip, PhaseLine, Rail, RouterOutlet, StatusBar, TopBar],
  templateUrl: './shell.html',
  styleUrl: './shell.scss',
  host: { '[class.small]': 'small()', '[class.narrow]': 'narrow()' },
})
export class Shell {
  protected readonly project = inject(ProjectContext);
  protected readonly small = mediaMatches(SMALL);
  protected readonly railOpen = signal(false);
  protected readonly drawerOpen = signal(false);
  private readonly railWidth = remembered('mw.rail', 'wide');
  protected readonly narrow = signal(this.railWidth() === 'narrow');
  private readonly main = viewChild.required<ElementRef<HTMLElement>>('main');
  private readonly floating = viewChild<ElementRef<HTMLElement>>('floating');
  private readonly router = inject(Router);

  constructor() {
    inject(ShellKeys).register({
      toggleRail: () => this.toggleRail(),
      toggleDrawer: () => this.drawerOpen.update((open) => !open),
      closeTopLayer: () => this.closeTopLayer(),
    });
    // The open drawer is the topmost layer: it takes the focus, what lies below is inert.
    effect(() => this.floating()?.nativeElement.focus());
    effect(() => this.railWidth.set(this.narrow() ? 'narrow' : 'wide'));
    this.router.events
      .pipe(
        filter((event) => event instanceof NavigationEnd),
        takeUntilDestroyed(),
      )
      .subscribe(() => this.railOpen.set(false));
  }

  protected toggleRail(): void {
    if (this.small()) this.railOpen.update((open) => !open);
    else this.narrow.update((narrow) => !narrow);
  }

  protected skipToContent(event: Event): void {
    event.preventDefault();
    this.main().nativeElement.focus();
  }

  private closeTopLayer(): void {
    if (this.railOpen()) this.railOpen.set(false);
    else this.drawerOpen.set(false);
  }
}
