import type { ComponentType } from '@angular/cdk/portal';
import { Injectable, Injector, inject } from '@angular/core';
import type { MatDialogConfig } from '@angular/material/dialog';
import { firstValueFrom } from 'rxjs';

interface Shown {
  readonly component: ComponentType<unknown>;
  readonly data: unknown;
}

/** Opens dialogs; the dialog code itself is loaded when the first one opens. */
@Injectable({ providedIn: 'root' })
export class Dialogs {
  private readonly injector = inject(Injector);
  private readonly shown = new Set<Shown>();

  /**
   * Resolves with what the dialog closed with, undefined when it was dismissed. A dialog that is open already is not
   * opened again over itself: who double-clicks asks once, and the second asking counts as dismissed. The same dialog
   * with another question opens.
   */
  async open<R>(component: ComponentType<unknown>, config: MatDialogConfig = {}): Promise<R | undefined> {
    const asked: Shown = { component, data: config.data };
    if ([...this.shown].some((other) => isSame(other, asked))) return undefined;
    this.shown.add(asked);
    try {
      const { MatDialog } = await import('@angular/material/dialog');
      const dialog = this.injector.get(MatDialog).open<unknown, unknown, R>(component, {
        maxWidth: 'calc(100vw - 32px)',
        autoFocus: 'first-tabbable',
        ...config,
      });
      // Once it begins to close it is answered: asking again is a question of its own.
      dialog.beforeClosed().subscribe(() => this.shown.delete(asked));
      return await firstValueFrom(dialog.afterClosed());
    } finally {
      this.shown.delete(asked);
    }
  }
}

function isSame(one: Shown, other: Shown): boolean {
  return one.component === other.component && isSameData(one.data, other.data);
}

/** Both clicks of a double click make data of their own, with the same contents; what they would do cannot be compared. */
function isSameData(one: unknown, other: unknown): boolean {
  if (Object.is(one, other) || (typeof one === 'function' && typeof other === 'function')) return true;
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => key in other && isSameData(one[key], other[key]))
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
