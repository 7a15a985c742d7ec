import { Component, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { CreatedDeploymentKey, DeploymentKey } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { ProblemView } from '../shared/ui/problem-view';
import { KeysStore } from './keys.store';

const OVERLAPS = [
  { hours: 0, label: 'Ends now' },
  { hours: 24, label: '1 day' },
  { hours: 24 * 7, label: '7 days' },
  { hours: 24 * 30, label: '30 days' },
] as const;

/** Asks how long the old key is to go on, and makes the new one. */
@Component({
  selector: 'mw-rotate-key',
  imports: [MatButton, ProblemView],
  host: { class: 'mw-card', role: 'region', '[attr.aria-label]': '"Rotate key " + key().name' },
  template: `
    <div class="mw-card-head">
      <h2>Rotate “{{ key().name }}”</h2>
    </div>
    <form class="mw-card-body mw-stack" (submit)="$event.preventDefault(); rotate()">
      <p class="mw-muted">
        Makes a new key with the same name and limits. The old one goes on working for a while, so that
        callers can change over without a failed call.
      </p>
      <div class="mw-stack-tight">
        <span class="label" id="key-overlap">The old key works for another</span>
        <fieldset class="mw-segments" aria-labelledby="key-overlap">
          @for (one of overlaps; track one.hours) {
            <label>
              <input
                type="radio"
                name="overlap"
                [checked]="one.hours === hours()"
                (change)="hours.set(one.hours)"
              />
              {{ one.label }}
            </label>
          }
        </fieldset>
      </div>
      @if (problem(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="busy()">Rotate key</button>
        <button type="button" matButton="text" (click)="closed.emit()">Cancel</button>
      </div>
    </form>
  `,
  styles: `
    .label {
      font-weight: 500;
    }
    .mw-segments {
      width: fit-content;
    }
  `,
})
export class RotateKey {
  readonly key = input.required<DeploymentKey>();
  readonly rotated = output<CreatedDeploymentKey>();
  readonly closed = output();
  private readonly store = inject(KeysStore);
  protected readonly overlaps = OVERLAPS;
  protected readonly hours = signal<number>(24);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);

  protected async rotate(): Promise<void> {
    if (this.busy()) return;
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      this.rotated.emit(await this.store.rotate(this.key().id, this.hours()));
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
