import type { ComponentType } from '@angular/cdk/portal';
import { Injectable, Injector, inject } from '@angular/core';
import type { MatDialogConfig } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';

/** Opens dialogs; the dialog code itself is loaded when the first one opens. */
@Injectable({ providedIn: 'root' })
export class Dialogs {
  private readonly injector = inject(Injector);
  private readonly shown = new Set<ComponentType<unknown>>();

  /**
   * Resolves with what the dialog closed with, undefined when it was dismissed. A dialog that is open already is not
   * opened again over itself: who double-clicks asks once, and the second asking counts as dismissed.
   */
  async open<R>(component: ComponentType<unknown>, config: MatDialogConfig = {}): Promise<R | undefined> {
    if (this.shown.has(component)) return undefined;
    this.shown.add(component);
    try {
      const { MatDialog } = await import('@angular/material/dialog');
      const dialog = this.injector.get(MatDialog).open<unknown, unknown, R>(component, {
        maxWidth: 'calc(100vw - 32px)',
        autoFocus: 'first-tabbable',
        ...config,
      });
      return await firstValueFrom(dialog.afterClosed());
    } finally {
      this.shown.delete(component);
    }
  }
}
