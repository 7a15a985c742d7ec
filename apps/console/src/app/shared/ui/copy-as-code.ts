import { DOCUMENT, Injectable, inject } from '@angular/core';
import { type CodeRequest, requestSnippets } from '@modelwright/contracts';
import type { Snippet } from './code-block';
import { Dialogs } from './dialogs';

export interface CodeSection {
  readonly label: string;
  readonly snippets: readonly Snippet[];
}

/** What can be done here, by its name: a request whose address begins at `/api`. */
export interface CodeAction extends Omit<CodeRequest, 'url'> {
  readonly label: string;
  readonly path: string;
}

/** Shows what the screen does as code to paste: the same requests, with the ids that are on screen. */
@Injectable({ providedIn: 'root' })
export class CopyAsCode {
  private readonly dialogs = inject(Dialogs);
  private readonly document = inject(DOCUMENT);

  async open(title: string, actions: readonly CodeAction[]): Promise<void> {
    const { CodeDialog } = await import('./code-dialog');
    const sections = actions.map((action) => this.sectionOf(action));
    await this.dialogs.open(CodeDialog, { data: { title, sections }, width: '760px' });
  }

  private sectionOf({ label, path, ...request }: CodeAction): CodeSection {
    const url = new URL(path, this.document.baseURI).href;
    const snippets = requestSnippets({ ...request, url });
    return { label, snippets: snippets.map((one) => ({ language: one.label, code: one.code })) };
  }
}
