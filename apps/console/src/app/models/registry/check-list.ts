import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { RequiredCheck } from '@modelwright/sdk';
import { TimeAgo } from '../../shared/format/time-ago';
import { StatusChip } from '../../shared/ui/status-chip';
import { checkLook } from './registry-words';

/** What the checks say, each with its finding; those that fail can be waived where that is offered. */
@Component({
  selector: 'mw-check-list',
  imports: [MatButton, RouterLink, StatusChip, TimeAgo],
  template: `
    <ul>
      @for (row of rows(); track row.check.code) {
        <li>
          <mw-status [status]="row.look.status" [label]="row.look.label" />
          <div>
            <p class="label">
              {{ row.check.label }}
              @if (!row.check.required) {
                <span class="mw-small mw-muted">not required</span>
              }
            </p>
            <p class="mw-muted">{{ row.check.detail }}</p>
            @if (row.check.code === 'findings' && findingsLink(); as link) {
              <a class="more" [routerLink]="link" [queryParams]="{ tab: 'findings' }">Findings of the run</a>
            }
            @if (row.check.waiver; as waiver) {
              <p class="waiver">
                “{{ waiver.reason }}”
                <span class="mw-muted mw-small"
                  >waived {{ waiver.by ? 'by ' + waiver.by + ', ' : '' }}<mw-time [at]="waiver.at"
                /></span>
              </p>
            }
          </div>
          @if (canWaive()) {
            @if (row.canWaive) {
              <button type="button" matButton="outlined" (click)="waiveAsked.emit(row.check)">
                Waive<span class="visually-hidden"> “{{ row.check.label }}”</span>
              </button>
            } @else if (row.canWithdraw) {
              <button type="button" matButton="text" (click)="withdrawAsked.emit(row.check)">
                Withdraw<span class="visually-hidden"> the waiver of “{{ row.check.label }}”</span>
              </button>
            }
          }
        </li>
      }
    </ul>
  `,
  styles: `
    li {
      display: grid;
      grid-template-columns: 124px minmax(0, 1fr) auto;
      gap: 4px 12px;
      align-items: start;
      padding: 12px var(--mw-inset);
    }
    li + li {
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
    .label {
      font-weight: 500;
    }
    .label span {
      margin-left: 6px;
      font-weight: 400;
    }
    .more {
      text-decoration: underline;
    }
    .waiver {
      margin-top: 4px;
      padding-left: 10px;
      border-left: 2px solid var(--mw-warning);
    }
    @media (width < 700px) {
      li {
        grid-template-columns: minmax(0, 1fr);
        padding: 12px 16px;
      }
      button {
        justify-self: start;
      }
    }
  `,
})
export class CheckList {
  readonly checks = input.required<readonly RequiredCheck[]>();
  readonly canWaive = input(false);
  /** Where the findings behind the check are; null for a model that no run made. */
  readonly findingsLink = input<readonly string[] | null>(null);
  readonly waiveAsked = output<RequiredCheck>();
  readonly withdrawAsked = output<RequiredCheck>();

  protected readonly rows = computed(() =>
    this.checks().map((check) => ({
      check,
      look: checkLook(check),
      // Findings are waived one by one, where they are shown.
      canWaive:
        (check.state === 'failed' || check.state === 'not-tried') && check.required && check.canBeWaived,
      canWithdraw: check.state === 'waived' && !this.isByFinding(check),
    })),
  );

  private isByFinding(check: RequiredCheck): boolean {
    return check.code === 'findings' && this.findingsLink() !== null;
  }
}
