import { Component, computed, input, linkedSignal } from '@angular/core';
import { CopyButton } from './copy-button';
import { highlight } from './highlight';
import { remembered } from './remembered';

export interface Snippet {
  /** Also the label of its tab: `curl`, `Python`, `TypeScript`, `CLI`. */
  readonly language: string;
  readonly code: string;
}

/** Code to copy, one tab per language; the language chosen last is chosen everywhere. */
@Component({
  selector: 'mw-code',
  imports: [CopyButton],
  template: `
    <div class="bar">
      @if (snippets().length > 1) {
        <div class="langs" role="group" [attr.aria-label]="label() + ': language'">
          @for (snippet of snippets(); track snippet.language) {
            <button
              type="button"
              [class.on]="snippet === active()"
              [attr.aria-pressed]="snippet === active()"
              (click)="choose(snippet)"
            >
              {{ snippet.language }}
            </button>
          }
        </div>
      } @else {
        <span class="only">{{ active()?.language }}</span>
      }
      <mw-copy [text]="active()?.code ?? ''" [label]="'Copy ' + (active()?.language ?? 'code')" />
    </div>
    <pre
      tabindex="0"
      [attr.aria-label]="label()"
    ><code>@for (part of parts(); track $index) {<span [class]="part.kind">{{ part.text }}</span>}</code></pre>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
      overflow: hidden;
      border: 1px solid var(--mat-sys-outline-variant);
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface-container-low);
    }
    .bar {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: 8px;
      padding: 4px 6px 4px 8px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    .langs {
      display: flex;
      flex-wrap: wrap;
      gap: 2px;
    }
    .langs button {
      min-height: 26px;
      padding: 2px 8px;
      border: 0;
      border-radius: 6px;
      background: none;
      color: var(--mat-sys-on-surface-variant);
      font: 500 12px/18px var(--mw-font);
      cursor: pointer;
    }
    .langs .on {
      background: var(--mat-sys-surface-container-highest);
      color: var(--mat-sys-on-surface);
    }
    .only {
      padding-left: 4px;
      color: var(--mat-sys-on-surface-variant);
      font-size: 12px;
    }
    pre {
      margin: 0;
      padding: 12px 14px;
      overflow-x: auto;
      line-height: 19px;
      tab-size: 2;
    }
    pre:focus-visible {
      outline-offset: -2px;
    }
    .string {
      color: var(--mw-success);
    }
    .keyword {
      color: var(--mat-sys-primary);
    }
    .number {
      color: var(--mat-sys-tertiary);
    }
    .comment {
      color: var(--mat-sys-on-surface-variant);
    }
    .variable {
      color: var(--mw-warning);
    }
  `,
})
export class CodeBlock {
  readonly snippets = input.required<readonly Snippet[]>();
  readonly label = input('Code');
  private readonly preferred = remembered('mw.language', 'curl');
  protected readonly active = linkedSignal(
    () => this.snippets().find((snippet) => snippet.language === this.preferred()) ?? this.snippets()[0],
  );
  protected readonly parts = computed(() => highlight(this.active()?.code ?? ''));

  protected choose(snippet: Snippet): void {
    this.preferred.set(snippet.language);
  }
}
