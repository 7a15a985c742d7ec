import { Component, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogTitle,
} from '@angular/material/dialog';
import { RouterLink } from '@angular/router';
import { CodeBlock } from './code-block';
import type { CodeSection } from './copy-as-code';

@Component({
  selector: 'mw-code-dialog',
  imports: [
    CodeBlock,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    RouterLink,
  ],
  template: `
    <h2 mat-dialog-title>{{ data.title }}</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        <p class="mw-muted">
          The token is read from <code>$MODELWRIGHT_TOKEN</code>; make one under
          <a routerLink="/settings/tokens" mat-dialog-close>Settings, Access tokens</a>.
        </p>
        @for (section of data.sections; track section.label) {
          <section>
            <h3>{{ section.label }}</h3>
            <mw-code [label]="section.label" [snippets]="section.snippets" />
          </section>
        }
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="text" mat-dialog-close>Close</button>
    </mat-dialog-actions>
  `,
  styles: `
    section {
      display: grid;
      gap: 8px;
      min-width: 0;
    }
    a {
      text-decoration: underline;
    }
    h3 {
      font-size: 14px;
      font-weight: 500;
    }
  `,
})
export class CodeDialog {
  protected readonly data = inject<{ title: string; sections: readonly CodeSection[] }>(MAT_DIALOG_DATA);
}
