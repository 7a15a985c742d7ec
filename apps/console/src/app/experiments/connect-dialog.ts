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
import { CodeBlock, type Snippet } from '../shared/ui/code-block';

/** How runs of any Python process get into this table. */
@Component({
  selector: 'mw-connect-dialog',
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
    <h2 mat-dialog-title>Log runs from Python</h2>
    <mat-dialog-content>
      <div class="mw-stack">
        <p>
          Any program that logs with MLflow can log here: point it at this project and give it a personal
          access token with the scope <code>manage</code> (<a routerLink="/settings/tokens" mat-dialog-close
            >make one</a
          >).
        </p>
        <mw-code label="Log runs from Python" [snippets]="snippets" />
        <p class="mw-small mw-muted">
          Parameters, metrics with their history, tags and files arrive as they are logged. Trainings started
          here are in the table by themselves.
        </p>
      </div>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="filled" mat-dialog-close>Close</button>
    </mat-dialog-actions>
  `,
})
export class ConnectDialog {
  protected readonly snippets = connectSnippets(inject<{ projectId: string }>(MAT_DIALOG_DATA).projectId);
}

export function connectSnippets(projectId: string): readonly Snippet[] {
  const uri = `${location.origin}/api/mlflow/p/${projectId}`;
  return [
    {
      language: 'Shell',
      code: `export MLFLOW_TRACKING_URI=${uri}\nexport MLFLOW_TRACKING_TOKEN=$API_KEY\npython train.py`,
    },
    {
      language: 'Python',
      code: [
        'import os, mlflow',
        'from sklearn.linear_model import LogisticRegression',
        '',
        `mlflow.set_tracking_uri("${uri}")`,
        'os.environ["MLFLOW_TRACKING_TOKEN"] = os.environ["API_KEY"]',
        'mlflow.set_experiment("by hand")',
        'mlflow.autolog()',
        'with mlflow.start_run(run_name="first"):',
        '    LogisticRegression().fit(X, y)',
      ].join('\n'),
    },
  ];
}
