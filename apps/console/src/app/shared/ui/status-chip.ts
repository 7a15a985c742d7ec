import { Component, computed, input } from '@angular/core';
import { Icon } from './icon';
import { statusLook } from './status';

/** `<mw-status status="running" />`; `label` replaces the usual word, `quiet` drops the background. */
@Component({
  selector: 'mw-status',
  imports: [Icon],
  host: { '[class]': 'look().tone', '[class.quiet]': 'quiet()' },
  template: `<mw-icon [name]="look().icon" [size]="14" [spin]="look().spin ?? false" />{{
      label() ?? look().word
    }}`,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      gap: 5px;
      width: max-content;
      max-width: 100%;
      padding: 2px 8px 2px 6px;
      border-radius: 6px;
      font-size: 12px;
      font-weight: 500;
      line-height: 18px;
      white-space: nowrap;
      background: var(--mw-neutral-soft);
      color: var(--mw-neutral);
    }
    :host(.info) {
      background: var(--mw-info-soft);
      color: var(--mw-info);
    }
    :host(.success) {
      background: var(--mw-success-soft);
      color: var(--mw-success);
    }
    :host(.warning) {
      background: var(--mw-warning-soft);
      color: var(--mw-warning);
    }
    :host(.error) {
      background: var(--mw-error-soft);
      color: var(--mat-sys-error);
    }
    :host(.quiet) {
      padding: 2px 0;
      background: none;
    }
  `,
})
export class StatusChip {
  readonly status = input.required<string>();
  readonly label = input<string>();
  readonly quiet = input(false);
  protected readonly look = computed(() => statusLook(this.status()));
}
