import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { CreateCorrectedDatasetRequest } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { FieldControl } from '../shared/ui/field-control';
import { formErrors, nameMissing } from '../shared/ui/form-errors';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { retrainParams } from './retrain-params';
import { FeedbackStore } from './feedback.store';

/** Logged inputs and their true outcomes as data to train on, and the run that would do it. */
@Component({
  selector: 'mw-feedback-version',
  imports: [Field, FieldControl, Icon, MatButton, ProblemView, RouterLink],
  host: { class: 'mw-card', role: 'region', 'aria-label': 'Train on outcomes' },
  template: `
    <div class="mw-card-head"><h3>Train on outcomes</h3></div>
    <form class="mw-card-body mw-stack" novalidate (submit)="$event.preventDefault(); make()">
      <p class="mw-muted">
        Makes a dataset version of what was asked and what turned out to be true. Lineage tells where it came
        from.
      </p>
      <fieldset class="mw-segments">
        <legend class="visually-hidden">Where the rows go</legend>
        @for (one of places; track one.id) {
          <label>
            <input
              type="radio"
              name="feedback-into"
              [checked]="into() === one.id"
              [disabled]="one.id === 'training-dataset' && !hasDataset()"
              (change)="into.set(one.id)"
            />
            {{ one.label }}
          </label>
        }
      </fieldset>
      @if (into() === 'new-dataset') {
        <mw-field label="Name" [error]="errors.shown().name">
          <input
            #name
            class="mw-input"
            autocomplete="off"
            maxlength="200"
            mwFieldControl
            [value]="text()"
            (input)="text.set(name.value)"
            (change)="errors.left('name')"
          />
        </mw-field>
      }
      <mw-field #o label="Rows" help="Rows of the chosen window; those that have left the log are missing.">
        <select
          class="mw-input"
          [id]="o.controlId"
          [attr.aria-describedby]="o.describedBy()"
          (change)="only.set(valueOf($event) === 'wrong' ? 'wrong' : 'all')"
        >
          <option value="all" [selected]="only() === 'all'">All with a known outcome</option>
          <option value="wrong" [selected]="only() === 'wrong'">Only those predicted wrong</option>
        </select>
      </mw-field>
      @if (masked().length > 0) {
        <label class="check">
          <input type="checkbox" [checked]="leaveOut()" (change)="leaveOut.set(!leaveOut())" />
          Leave {{ masked().join(', ') }} empty: masked, so the log does not hold them
        </label>
      }
      @if (errors.rest(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="store.busy()">Make a dataset version</button>
        @if (retrain(); as params) {
          <a matButton="outlined" [routerLink]="['/p', project.id(), 'runs', 'new']" [queryParams]="params"
            ><mw-icon name="runs" [size]="15" /> Retrain</a
          >
        }
      </div>
    </form>
  `,
  styles: `
    p {
      margin: 0;
    }
    .mw-segments {
      justify-self: start;
    }
    .check {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    .check input {
      width: 24px;
      height: 24px;
      flex: none;
    }
    .mw-row {
      flex-wrap: wrap;
    }
  `,
})
export class FeedbackVersion {
  protected readonly store = inject(FeedbackStore);
  protected readonly project = inject(ProjectContext);
  private readonly announcer = inject(Announcer);
  protected readonly places = [
    { id: 'training-dataset', label: 'Training dataset' },
    { id: 'new-dataset', label: 'New dataset' },
  ] as const;

  private readonly defaults = computed(() =>
    this.store.retraining.hasValue() ? this.store.retraining.value() : undefined,
  );
  protected readonly hasDataset = computed(() => this.defaults()?.datasetId != null);
  private readonly place = signal<CreateCorrectedDatasetRequest['into'] | undefined>(undefined);
  protected readonly into = Object.assign(
    computed(() => this.place() ?? (this.hasDataset() ? 'training-dataset' : 'new-dataset')),
    { set: (value: CreateCorrectedDatasetRequest['into']): void => this.place.set(value) },
  );
  protected readonly text = signal('');
  protected readonly only = signal<'all' | 'wrong'>('all');
  protected readonly leaveOut = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly masked = computed(() => this.store.known()?.maskedColumns ?? []);
  protected readonly errors = formErrors({
    fields: ['name'],
    refused: this.problem,
    own: () => (this.into() === 'new-dataset' ? { name: nameMissing(this.text(), 'the dataset') } : {}),
  });
  /** The newest version that was made here, else the newest of the training dataset. */
  protected readonly retrain = computed(() => {
    const defaults = this.defaults();
    const jobs = this.store.jobs.hasValue() ? this.store.jobs.value().items : [];
    return defaults && retrainParams(defaults, jobs);
  });

  protected valueOf(event: Event): string {
    return (event.target as HTMLSelectElement).value;
  }

  protected async make(): Promise<void> {
    if (this.store.busy() || !this.errors.check()) return;
    this.problem.set(undefined);
    const isNew = this.into() === 'new-dataset';
    try {
      await this.store.makeVersion({
        into: this.into(),
        ...(isNew ? { name: this.text().trim() } : {}),
        windowHours: this.store.hours(),
        only: this.only(),
        masked: this.leaveOut() ? 'leave-out' : 'refuse',
      });
      this.announcer.say('The dataset version is being made.');
    } catch (error) {
      this.problem.set(toProblem(error));
      this.errors.focusFirst();
    }
  }
}
