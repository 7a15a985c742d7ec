import { Injectable, inject } from '@angular/core';
import type { ConfirmRequest } from './confirm-dialog';
import { Dialogs } from './dialogs';

/** Asks before something is lost. Resolves to whether the person said yes. */
@Injectable({ providedIn: 'root' })
export class Confirm {
  private readonly dialogs = inject(Dialogs);

  async ask(request: ConfirmRequest): Promise<boolean> {
    const { ConfirmDialog } = await import('./confirm-dialog');
    const answer = await this.dialogs.open<boolean>(ConfirmDialog, { data: request, width: '440px' });
    return answer === true;
  }
}
