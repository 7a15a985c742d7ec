import { Component, inject, input, signal } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { Announcer } from './announcer';
import { Icon } from './icon';

const DONE_MS = 1600;

/** Copies `text` and says so in place. */
@Component({
  selector: 'mw-copy',
  imports: [Icon, MatTooltip],
  template: `
    <button
      type="button"
      class="mw-icon-button"
      [class.done]="done()"
      [attr.aria-label]="label()"
      [matTooltip]="done() ? 'Copied' : label()"
      (click)="copy()"
    >
      <mw-icon [name]="done() ? 'check' : 'copy'" [size]="15" />
    </button>
  `,
  styles: `
    :host {
      display: inline-grid;
    }
    .mw-icon-button {
      width: 26px;
      height: 26px;
    }
    .done {
      color: var(--mw-success);
    }
  `,
})
export class CopyButton {
  readonly text = input.required<string>();
  readonly label = input('Copy');
  protected readonly done = signal(false);
  private readonly announcer = inject(Announcer);

  protected async copy(): Promise<void> {
    const copied = await copyText(this.text());
    if (!copied) {
      this.announcer.say('The browser did not allow copying. Select the text and copy it by hand.');
      return;
    }
    this.done.set(true);
    this.announcer.say('Copied');
    setTimeout(() => this.done.set(false), DONE_MS);
  }
}

/** Whether the text reached the clipboard. Plain http on another host has no clipboard API: select and copy there. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copyBySelection(text),
    );
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
