import { Component, computed, inject, input } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { QualityFlag } from '@modelwright/sdk';
import { CountPipe } from '../shared/format/pipes';
import { columnRoleWord } from '../shared/ui/column-type';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { DatasetStore } from './dataset.store';

const LOOKS: Readonly<Record<QualityFlag['severity'], { readonly icon: IconName; readonly word: string }>> = {
  error: { icon: 'cross-circle', word: 'Spoils a model' },
  warning: { icon: 'warning', word: 'Deserves a decision' },
  info: { icon: 'info', word: 'Good to know' },
};

/** What was noticed about the data: how bad, why, how many rows, what to do. */
@Component({
  selector: 'mw-quality-tab',
  imports: [CountPipe, EmptyState, Icon, MatButton, View, ViewContent, ViewEmpty],
  template: `
    <mw-view [source]="store.profile" [empty]="flags().length === 0">
      <ng-template mwEmpty>
        <div class="mw-card">
          <mw-empty
            icon="shield"
            title="Nothing suspicious was found"
            text="No identifiers, constants, leaks, duplicates or near-empty columns. Choosing a target looks for leaks into it."
          />
        </div>
      </ng-template>
      <ng-template [mwContent]="store.profile" let-profile>
        @if (profile.profiledRows < profile.rows) {
          <p class="mw-muted note">
            Relations between columns were searched in {{ profile.profiledRows | count }} of
            {{ profile.rows | count }} rows.
          </p>
        }
        <ul class="mw-card">
          @for (one of flags(); track $index) {
            <li [class]="one.flag.severity">
              <mw-icon [name]="one.look.icon" [size]="20" />
              <div class="words">
                <h3>
                  @if (one.flag.column) {
                    <code>{{ one.flag.column }}</code>
                  }
                  {{ one.flag.title }}
                </h3>
                <p>{{ one.flag.reason }}</p>
                <p class="mw-muted">{{ one.flag.fix }}</p>
                <p class="mw-small mw-muted">
                  {{ one.action?.done ? 'Settled' : one.look.word }}
                  @if (one.flag.affectedRows !== null) {
                    · {{ one.flag.affectedRows | count }} rows
                  }
                  @if (one.flag.relatedColumns.length > 0) {
                    · with {{ one.flag.relatedColumns.join(', ') }}
                  }
                  @if (one.flag.target) {
                    · for the target {{ one.flag.target }}
                  }
                </p>
              </div>
              @if (one.action; as action) {
                @if (action.done) {
                  <span class="done mw-small"><mw-icon name="check" [size]="15" /> {{ action.word }}</span>
                } @else if (canEdit()) {
                  <button
                    type="button"
                    matButton="outlined"
                    (click)="store.setColumn({ name: action.column, role: action.role })"
                  >
                    {{ action.word }}
                  </button>
                }
              }
            </li>
          }
        </ul>
      </ng-template>
    </mw-view>
  `,
  styles: `
    .note {
      margin-bottom: 12px;
    }
    li {
      display: flex;
      flex-wrap: wrap;
      align-items: flex-start;
      gap: 12px;
      padding: 16px var(--mw-inset);
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    li:last-child {
      border-bottom: 0;
    }
    .words {
      display: grid;
      flex: 1 1 260px;
      gap: 4px;
      min-width: 0;
    }
    h3 code {
      margin-right: 6px;
      padding: 2px 6px;
      border-radius: 5px;
      background: var(--mat-sys-surface-container-high);
      font-weight: 500;
    }
    .error > mw-icon {
      color: var(--mat-sys-error);
    }
    .warning > mw-icon {
      color: var(--mw-warning);
    }
    .info > mw-icon {
      color: var(--mw-info);
    }
    .done {
      display: inline-flex;
      align-items: center;
      gap: 4px;
      color: var(--mw-success);
    }
  `,
})
export class QualityTab {
  readonly canEdit = input(false);
  protected readonly store = inject(DatasetStore);

  protected readonly flags = computed(() => {
    if (!this.store.profile.hasValue()) return [];
    const { flags, columns } = this.store.profile.value();
    const roles = new Map(columns.map((column) => [column.name, column.role]));
    return flags.map((flag) => ({ flag, look: LOOKS[flag.severity], action: actionOf(flag, roles) }));
  });
}

function actionOf(
  { column, suggestedRole }: QualityFlag,
  roles: ReadonlyMap<string, string>,
): {
  column: string;
  role: 'identifier' | 'ignore' | 'time' | 'feature';
  word: string;
  done: boolean;
} | null {
  if (!column || !suggestedRole || suggestedRole === 'target') return null;
  const role = roles.get(column);
  if (role === 'target') return null;
  const done = role === suggestedRole;
  const word =
    suggestedRole === 'ignore' ? 'Leave it out' : `Use as ${columnRoleWord(suggestedRole).toLowerCase()}`;
  const doneWord =
    suggestedRole === 'ignore' ? 'Left out' : `Used as ${columnRoleWord(suggestedRole).toLowerCase()}`;
  return { column, role: suggestedRole, word: done ? doneWord : word, done };
}
