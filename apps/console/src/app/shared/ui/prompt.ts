import { Injectable, inject } from '@angular/core';
import { Dialogs } from './dialogs';
import type { PromptRequest } from './prompt-dialog';

/** Asks for one line of text, for a name mostly. Resolves to the text, or undefined when dismissed. */
@Injectable({ providedIn: 'root' })
export class Prompt {
  private readonly dialogs = inject(Dialogs);

  async ask(request: PromptRequest): Promise<string | undefined> {
    const { PromptDialog } = await import('./prompt-dialog');
    return this.dialogs.open<string>(PromptDialog, { data: request, width: '420px' });
  }
}
