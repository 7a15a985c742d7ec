import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { type ApiProblem, type FieldProblem, toProblem } from '../api/problem';
import { whatNow } from '../text/what-now';
import { CopyButton } from './copy-button';
import { Icon } from './icon';

const REFUSED_AS_SENT = [400, 413, 415, 422];

/** The errors that say more than the detail above them, each with its place in what was sent. */
export function newsOf({
  detail,
  errors,
}: ApiProblem): readonly (FieldProblem & { readonly place: string })[] {
  return errors
    .filter((error) => error.suggestion !== undefined || !detail.includes(error.detail))
    .map((error) => ({ ...error, place: placeOf(error.pointer) }));
}

/** A JSON pointer (RFC 6901) as a path that people read. */
function placeOf(pointer: string): string {
  const parts = pointer.replace(/^#?\//, '').split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join(' › ');
}

/** What happened, what now, the request id, and a way to try again. `compact` is the one-line form for forms and cards. */
@Component({
  selector: 'mw-problem',
  imports: [CopyButton, Icon, MatButton],
  host: { role: 'alert', '[class.compact]': 'compact()' },
  template: `
    <mw-icon [name]="problem().status === 404 ? 'search' : 'warning'" [size]="compact() ? 18 : 24" />
    <div class="words">
      <p class="title">{{ problem().title }}</p>
      <p>{{ problem().detail }}</p>
      @if (errors().length > 0) {
        <ul>
          @for (error of errors(); track error.pointer + error.detail) {
            <li>
              @if (error.place) {
                <code>{{ error.place }}</code>
              }
              {{ error.detail }}
              @if (error.suggestion) {
                Did you mean <code>{{ error.suggestion }}</code>?
              }
            </li>
          }
        </ul>
      }
      @if (now()) {
        <p class="now">{{ now() }}</p>
      }
      @if (problem().requestId; as id) {
        <p class="id">
          Request <code>{{ id }}</code> <mw-copy [text]="id" label="Copy request id" />
        </p>
      }
      @if (canRetry() && canHelp()) {
        <button type="button" matButton="outlined" (click)="retried.emit()">
          <mw-icon name="refresh" [size]="16" /> Try again
        </button>
      }
    </div>
  `,
  styles: `
    :host {
      display: flex;
      gap: 12px;
      max-width: 720px;
      padding: 20px;
      border: 1px solid color-mix(in srgb, var(--mat-sys-error) 35%, transparent);
      border-radius: var(--mw-radius-large);
      background: var(--mw-error-soft);
      color: var(--mat-sys-on-surface);
    }
    :host > mw-icon {
      align-self: start;
      color: var(--mat-sys-error);
    }
    .words {
      display: grid;
      gap: 4px;
      justify-items: start;
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .title {
      font-weight: 600;
    }
    ul {
      display: grid;
      gap: 2px;
      margin: 4px 0;
    }
    .id {
      display: flex;
      align-items: center;
      gap: 4px;
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
    }
    button[matButton] {
      margin-top: 8px;
    }
    :host(.compact) {
      padding: 10px 12px;
      border-radius: var(--mw-radius);
    }
  `,
})
export class ProblemView {
  /** Whatever was thrown. */
  readonly error = input.required<unknown>();
  readonly compact = input(false);
  readonly canRetry = input(true);
  readonly retried = output();
  protected readonly problem = computed(() => toProblem(this.error()));
  protected readonly errors = computed(() => newsOf(this.problem()));
  /** What is wrong with what was sent stays wrong, however often it is sent. */
  protected readonly canHelp = computed(() => !REFUSED_AS_SENT.includes(this.problem().status));
  protected readonly now = computed(() => whatNow(this.problem()));
}
