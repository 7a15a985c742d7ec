import { Component, computed, inject, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { Icon } from '../../shared/ui/icon';
import { AliasChips } from '../../shared/ui/alias-chips';
import { RegistryStore } from './registry.store';

export interface AliasOfModel {
  readonly alias: string;
  readonly modelVersionId: string;
  readonly versionNumber: number;
}

/** Who is champion, who is challenger, and how to change that. */
@Component({
  selector: 'mw-aliases-card',
  imports: [AliasChips, Icon, MatButton, MatMenu, MatMenuItem, MatMenuTrigger, RouterLink],
  template: `
    <section class="mw-card" aria-labelledby="aliases-title">
      <div class="mw-card-head">
        <h2 id="aliases-title">Aliases</h2>
        @if (canEdit()) {
          <button type="button" matButton="outlined" (click)="addAsked.emit()">
            <mw-icon name="plus" [size]="15" /> Set an alias
          </button>
        }
      </div>
      <ul>
        @for (row of rows(); track row.alias) {
          <li>
            <mw-alias-chips [aliases]="[row.alias]" />
            <a
              [routerLink]="[]"
              [queryParams]="{ version: row.versionNumber, tab: null }"
              queryParamsHandling="merge"
              >Version {{ row.versionNumber }}</a
            >
            @if (canEdit()) {
              <span class="acts">
                <button type="button" matButton="text" (click)="rollBackAsked.emit(row)">
                  <mw-icon name="history" [size]="15" /> Roll back<span class="visually-hidden">
                    {{ row.alias }}</span
                  >
                </button>
                <button
                  type="button"
                  class="mw-icon-button"
                  [matMenuTriggerFor]="menu"
                  [attr.aria-label]="'Actions for ' + row.alias"
                >
                  <mw-icon name="more" [size]="16" />
                </button>
                <mat-menu #menu xPosition="before">
                  <button mat-menu-item type="button" (click)="moveAsked.emit(row)">
                    Move to another version
                  </button>
                  <button mat-menu-item type="button" (click)="removeAsked.emit(row)">Remove alias</button>
                </mat-menu>
              </span>
            }
          </li>
        } @empty {
          <li class="mw-muted empty">
            No alias yet. An alias is a name that moves: programs say champion, you decide which version that
            is.
          </li>
        }
      </ul>
    </section>
  `,
  styles: `
    li {
      display: flex;
      flex-wrap: wrap;
      gap: 6px 12px;
      align-items: center;
      min-height: 48px;
      padding: 6px 12px 6px 20px;
    }
    li + li {
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .empty {
      padding-block: 12px;
    }
    .acts {
      display: inline-flex;
      align-items: center;
      margin-left: auto;
    }
  `,
})
export class AliasesCard {
  readonly canEdit = input(false);
  readonly addAsked = output();
  readonly moveAsked = output<AliasOfModel>();
  readonly rollBackAsked = output<AliasOfModel>();
  readonly removeAsked = output<AliasOfModel>();
  private readonly store = inject(RegistryStore);
  protected readonly rows = computed<readonly AliasOfModel[]>(() => this.store.aliases());
}
