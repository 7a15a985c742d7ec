import { DestroyRef, Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import { Keyboard, type Shortcut } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { Dialogs } from '../shared/ui/dialogs';
import { SECTIONS } from './sections';

interface ShellActions {
  readonly toggleRail: () => void;
  readonly toggleDrawer: () => void;
  readonly closeTopLayer: () => void;
}

/** The keys that act on every screen. */
@Injectable({ providedIn: 'root' })
export class ShellKeys {
  private readonly keyboard = inject(Keyboard);
  private readonly router = inject(Router);
  private readonly project = inject(ProjectContext);
  private readonly dialogs = inject(Dialogs);

  /** Must be called where a component is created: the keys go when it goes. */
  register(actions: ShellActions): void {
    const general = (keys: string, description: string, run: () => void): Shortcut => ({
      keys,
      description,
      group: 'Everywhere',
      run,
    });
    const go = (key: string, label: string, run: () => void): Shortcut => ({
      keys: `g ${key}`,
      description: label,
      group: 'Go to',
      run,
    });
    this.keyboard.use(
      [
        general('mod+k', 'Search and commands', () => void this.openPalette()),
        general('/', 'Search on this page', () => this.focusSearch()),
        general('?', 'This sheet', () => void this.openKeySheet()),
        general('[', 'Narrow or widen the navigation', actions.toggleRail),
        general(']', 'Open or close activity', actions.toggleDrawer),
        general('Escape', 'Back one layer', actions.closeTopLayer),
        go('h', 'Home', () => void this.router.navigate(['/'])),
        ...SECTIONS.map((section) => go(section.key, section.label, () => this.openSection(section.path))),
        go('s', 'Settings', () => void this.router.navigate(['/settings'])),
      ],
      inject(DestroyRef),
    );
  }

  async openPalette(): Promise<void> {
    const { Palette } = await import('./palette');
    await this.dialogs.open(Palette, { width: '600px', position: { top: '12vh' }, panelClass: 'mw-palette' });
  }

  async openKeySheet(): Promise<void> {
    const { KeySheet } = await import('../shared/keyboard/key-sheet');
    await this.dialogs.open(KeySheet, { width: '640px' });
  }

  private openSection(path: string): void {
    const id = this.project.id();
    if (id) void this.router.navigate(['/p', id, ...(path ? [path] : [])]);
  }

  /** The page's own search field if it has one, else the palette. */
  private focusSearch(): void {
    const field = document.querySelector<HTMLElement>('main [data-search]');
    if (field) field.focus();
    else void this.openPalette();
  }
}
