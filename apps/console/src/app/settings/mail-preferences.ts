import { Component, inject, signal } from '@angular/core';
import { toProblem } from '../shared/api/problem';
import { Announcer } from '../shared/ui/announcer';
import { ProblemView } from '../shared/ui/problem-view';
import { View, ViewContent } from '../shared/ui/view';
import { MailPreferencesStore } from './mail.store';

const TOPICS = [
  { id: 'runs', word: 'A run that I started has finished or failed' },
  { id: 'deployments', word: 'A deployment that I made has failed' },
  { id: 'alerts', word: 'An alert of one of my projects fires or is over' },
] as const;

/** Which mails the reader gets: a tick is saved at once. */
@Component({
  selector: 'mw-mail-preferences',
  imports: [ProblemView, View, ViewContent],
  providers: [MailPreferencesStore],
  template: `
    <section class="mw-card" aria-labelledby="mail-title">
      <div class="mw-card-head"><h2 id="mail-title">E-mail to you</h2></div>
      <div class="mw-card-body mw-stack">
        <mw-view [source]="store.preferences">
          <ng-template [mwContent]="store.preferences" let-wanted>
            <fieldset class="mw-stack-tight">
              <legend class="mw-muted">Write to me when</legend>
              @for (topic of topics; track topic.id) {
                <label class="mw-check">
                  <input
                    #box
                    type="checkbox"
                    [checked]="wanted[topic.id]"
                    (change)="change(topic.id, box.checked)"
                  />
                  {{ topic.word }}
                </label>
              }
            </fieldset>
          </ng-template>
        </mw-view>
        @if (problem(); as error) {
          <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
        }
      </div>
    </section>
  `,
})
export class MailPreferences {
  protected readonly store = inject(MailPreferencesStore);
  private readonly announcer = inject(Announcer);
  protected readonly topics = TOPICS;
  protected readonly problem = signal<unknown>(undefined);

  protected async change(topic: (typeof TOPICS)[number]['id'], wanted: boolean): Promise<void> {
    this.problem.set(undefined);
    try {
      await this.store.change({ [topic]: wanted });
      this.announcer.say('Saved');
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
