import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle } from '@angular/material/dialog';
import { Keyboard } from './keyboard';
import { keyCaps } from './keys';

/** The `?` sheet: every key that acts on this page, grouped. */
@Component({
  selector: 'mw-key-sheet',
  imports: [MatButton, MatDialogActions, MatDialogClose, MatDialogContent, MatDialogTitle],
  template: `
    <h2 mat-dialog-title>Keys on this page</h2>
    <mat-dialog-content>
      <div class="groups">
        @for (group of groups(); track group.name) {
          <section>
            <h3>{{ group.name }}</h3>
            <dl>
              @for (row of group.rows; track row.keys) {
                <div>
                  <dt>
                    @for (stroke of row.strokes; track $index) {
                      <span class="stroke">
                        @for (cap of stroke; track $index) {
                          <kbd>{{ cap }}</kbd>
                        }
                      </span>
                    }
                  </dt>
                  <dd>{{ row.description }}</dd>
                </div>
              }
            </dl>
          </section>
        }
      </div>
      <label class="mw-check">
        <input type="checkbox" [checked]="keyboard.singleKeys() === 'on'" (change)="toggle()" />
        Single letters act when nothing is being typed
      </label>
    </mat-dialog-content>
    <mat-dialog-actions align="end">
      <button type="button" matButton="filled" mat-dialog-close>Close</button>
    </mat-dialog-actions>
  `,
  styles: `
    .groups {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(240px, 1fr));
      gap: 20px 32px;
      margin-bottom: 20px;
    }
    h3 {
      margin-bottom: 8px;
      color: var(--mat-sys-on-surface);
    }
    dl,
    dl > div {
      display: grid;
      gap: 6px;
    }
    dl > div {
      grid-template-columns: 84px 1fr;
      align-items: center;
    }
    dt {
      display: flex;
      gap: 6px;
    }
    .stroke {
      display: inline-flex;
      gap: 3px;
    }
  `,
})
export class KeySheet {
  protected readonly keyboard = inject(Keyboard);
  protected readonly groups = computed(() => {
    const groups = new Map<
      string,
      { keys: string; strokes: readonly (readonly string[])[]; description: string }[]
    >();
    for (const { keys, description, group } of this.keyboard.shortcuts()) {
      groups.set(group, [...(groups.get(group) ?? []), { keys, strokes: keyCaps(keys), description }]);
    }
    return [...groups].map(([name, rows]) => ({ name, rows }));
  });

  protected toggle(): void {
    this.keyboard.singleKeys.set(this.keyboard.singleKeys() === 'on' ? 'off' : 'on');
  }
}
