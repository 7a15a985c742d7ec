import type { ComponentType } from '@angular/cdk/portal';
import { Injectable, Injector, inject } from '@angular/core';
import type { MatDialogConfig } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';

/** Opens dialogs; the dialog code itself is loaded when the first one opens. */
@Injectable({ providedIn: 'root' })
export class Dialogs {
  private readonly injector = inject(Injector);

  /** Resolves with what the dialog closed with, undefined when it was dismissed. */
  async open<R>(component: ComponentType<unknown>, config: MatDialogConfig = {}): Promise<R | undefined> {
    const { MatDialog } = await import('@angular/material/dialog');
    const dialog = this.injector.get(MatDialog).open<unknown, unknown, R>(component, {
      maxWidth: 'calc(100vw - 32px)',
      autoFocus: 'first-tabbable',
      ...config,
    });
    return firstValueFrom(dialog.afterClosed());
  }
}
