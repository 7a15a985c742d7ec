import { Component, computed, inject, linkedSignal, signal } from '@angular/core';
import { MatDialogRef } from '@angular/material/dialog';
import { Router } from '@angular/router';
import { keyCaps } from '../shared/keyboard/keys';
import { Icon } from '../shared/ui/icon';
import { PaletteEntries, type PaletteEntry } from './palette-entries';

const MOST_SHOWN = 40;

/** Ctrl/⌘ + K: screens, things and actions by name. Arrows move, Enter opens, Ctrl/⌘ + Enter opens in a new tab. */
@Component({
  selector: 'mw-palette-dialog',
  imports: [Icon],
  template: `
    <div class="field">
      <mw-icon name="search" />
      <input
        #query
        type="text"
        role="combobox"
        aria-label="Search and commands"
        aria-controls="palette-list"
        aria-expanded="true"
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck="false"
        placeholder="Type a name or a command"
        [attr.aria-activedescendant]="activeId()"
        [value]="text()"
        (input)="text.set(query.value)"
        (keydown)="steer($event)"
      />
    </div>
    <div id="palette-list" class="list" role="listbox" aria-label="Results">
      @for (entry of found(); track entry.id; let index = $index) {
        @if (index === 0 || entry.group !== found()[index - 1]?.group) {
          <div class="group" role="presentation">{{ entry.group }}</div>
        }
        <div
          class="entry"
          role="option"
          tabindex="-1"
          [id]="'palette-' + index"
          [class.on]="index === active()"
          [attr.aria-selected]="index === active()"
          (click)="open(entry, $event)"
          (keydown.enter)="open(entry, $event)"
          (mousemove)="active.set(index)"
        >
          <mw-icon [name]="entry.icon" [size]="16" />
          <span class="mw-ellipsis">{{ entry.label }}</span>
          @if (entry.detail) {
            <span class="mw-muted mw-small mw-ellipsis">{{ entry.detail }}</span>
          }
          @if (entry.keys) {
            <span class="caps">
              @for (cap of entry.keys; track $index) {
                <kbd>{{ cap }}</kbd>
              }
            </span>
          }
        </div>
      } @empty {
        <p class="none">Nothing is called that.</p>
      }
    </div>
  `,
  styleUrl: './palette.scss',
})
export class Palette {
  private readonly entries = inject(PaletteEntries);
  private readonly router = inject(Router);
  private readonly dialog = inject<MatDialogRef<Palette>>(MatDialogRef);
  protected readonly text = signal('');

  constructor() {
    this.entries.refresh();
  }

  protected readonly found = computed(() => {
    const words = this.text().toLowerCase().split(/\s+/).filter(Boolean);
    return this.entries
      .all()
      .filter((entry) =>
        words.every((word) =>
          `${entry.label} ${entry.group} ${entry.detail ?? ''}`.toLowerCase().includes(word),
        ),
      )
      .slice(0, MOST_SHOWN)
      .map((entry) => ({ ...entry, keys: entry.shortcut ? keyCaps(entry.shortcut).flat() : null }));
  });
  protected readonly active = linkedSignal({ source: this.found, computation: () => 0 });
  protected readonly activeId = computed(() => (this.found().length > 0 ? `palette-${this.active()}` : null));

  protected steer(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const count = this.found().length;
    if (step !== 0 && count > 0) {
      event.preventDefault();
      this.active.set((this.active() + step + count) % count);
      document.getElementById(`palette-${this.active()}`)?.scrollIntoView({ block: 'nearest' });
    }
    const entry = this.found()[this.active()];
    if (event.key === 'Enter' && entry) {
      event.preventDefault();
      this.open(entry, event);
    }
  }

  protected open(entry: PaletteEntry, event: Event): void {
    const apart =
      (event instanceof KeyboardEvent || event instanceof MouseEvent) && (event.ctrlKey || event.metaKey);
    this.dialog.close();
    if (entry.run) {
      entry.run();
    } else if (entry.commands) {
      const tree = this.router.createUrlTree([...entry.commands]);
      if (apart) window.open(this.router.serializeUrl(tree), '_blank', 'noopener');
      else void this.router.navigateByUrl(tree);
    }
  }
}
