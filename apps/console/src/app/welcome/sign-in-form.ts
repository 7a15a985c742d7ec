import { Component, ElementRef, inject, input, output, signal, viewChild } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Session } from '../shared/api/session';
import { CodeBlock } from '../shared/ui/code-block';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';

const COMMAND = [{ language: 'Terminal', code: 'npm run link' }];

@Component({
  selector: 'mw-sign-in-form',
  imports: [CodeBlock, Field, Icon, MatButton, ProblemView],
  template: `
    @if (linkProblem()) {
      <section class="mw-banner warning link" role="alert">
        <mw-icon name="warning" />
        <div class="mw-stack-tight">
          <strong>This link does not work any more</strong>
          <p>A sign-in link works once and only for a while. Print a new one where Modelwright runs:</p>
        </div>
        <mw-code class="wide" label="Command for a new link" [snippets]="command" />
      </section>
    }
    <h1>Sign in</h1>
    @if (session.expired()) {
      <p class="mw-muted">Your session has ended. Sign in to go on where you were.</p>
    }
    <form class="mw-stack" novalidate (submit)="submit($event)">
      <mw-field
        #mailField
        label="E-mail"
        [error]="missing() === 'email' ? 'Enter your e-mail address.' : null"
      >
        <input
          #email
          class="mw-input"
          type="email"
          name="email"
          autocomplete="username"
          [id]="mailField.controlId"
          [attr.aria-describedby]="mailField.describedBy()"
          [attr.aria-invalid]="missing() === 'email'"
        />
      </mw-field>
      <mw-field
        #passField
        label="Password"
        [error]="missing() === 'password' ? 'Enter your password.' : null"
      >
        <input
          #password
          class="mw-input"
          type="password"
          name="password"
          autocomplete="current-password"
          [id]="passField.controlId"
          [attr.aria-describedby]="passField.describedBy()"
          [attr.aria-invalid]="missing() === 'password'"
        />
      </mw-field>
      @if (problem(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <button type="submit" matButton="filled" [disabled]="busy()">
        {{ busy() ? 'Signing in' : 'Sign in' }}
      </button>
    </form>
    @if (!linkProblem()) {
      <details>
        <summary>No password yet, or forgotten?</summary>
        <div class="mw-stack">
          <p class="mw-muted">
            Print a one-time link where Modelwright runs and open it here. Then set a password under Settings.
          </p>
          <mw-code label="Command for a sign-in link" [snippets]="command" />
        </div>
      </details>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 20px;
    }
    h1 {
      font-size: 28px;
      line-height: 36px;
      letter-spacing: -0.02em;
    }
    .link {
      align-items: flex-start;
      padding: 14px 16px;
    }
    .link .mw-stack-tight {
      flex: 1;
    }
    .wide {
      flex-basis: 100%;
    }
    summary {
      width: max-content;
      max-width: 100%;
      min-height: 24px;
      color: var(--mat-sys-primary);
      cursor: pointer;
    }
    details .mw-stack {
      margin-top: 12px;
    }
  `,
})
export class SignInForm {
  readonly linkProblem = input<ApiProblem>();
  readonly signedIn = output();

  protected readonly session = inject(Session);
  protected readonly command = COMMAND;
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly missing = signal<'email' | 'password' | null>(null);
  private readonly email = viewChild.required<ElementRef<HTMLInputElement>>('email');
  private readonly password = viewChild.required<ElementRef<HTMLInputElement>>('password');

  protected async submit(event: Event): Promise<void> {
    event.preventDefault();
    const email = this.email().nativeElement;
    const password = this.password().nativeElement;
    this.missing.set(email.value.trim() === '' ? 'email' : password.value === '' ? 'password' : null);
    if (this.missing()) return (this.missing() === 'email' ? email : password).focus();
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.session.signIn(email.value.trim(), password.value);
      this.signedIn.emit();
    } catch (error) {
      this.problem.set(toProblem(error));
      password.select();
    } finally {
      this.busy.set(false);
    }
  }
}
