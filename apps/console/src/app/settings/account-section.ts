import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { ProblemView } from '../shared/ui/problem-view';
import { MailPreferences } from './mail-preferences';
import { AccountStore } from './account.store';
import { PASSWORD_MIN, passwordStrength } from './password-strength';

@Component({
  selector: 'mw-account-section',
  imports: [Field, MailPreferences, MatButton, ProblemView],
  providers: [AccountStore],
  templateUrl: './account-section.html',
  styleUrl: './sections.scss',
})
export class AccountSection {
  private readonly store = inject(AccountStore);
  private readonly announcer = inject(Announcer);
  protected readonly user = this.store.user;
  protected readonly shortest = PASSWORD_MIN;

  protected readonly name = signal(this.user()?.displayName ?? '');
  protected readonly nameSaved = signal(false);
  protected readonly nameProblem = signal<ApiProblem | undefined>(undefined);
  protected readonly nameChanged = computed(
    () => this.name().trim() !== '' && this.name().trim() !== this.user()?.displayName,
  );

  protected readonly email = signal(this.user()?.email ?? '');
  protected readonly current = signal('');
  protected readonly password = signal('');
  protected readonly busy = signal(false);
  protected readonly passwordSaved = signal(false);
  protected readonly passwordProblem = signal<ApiProblem | undefined>(undefined);
  protected readonly strength = computed(() => passwordStrength(this.password()));
  protected readonly passwordAllowed = computed(
    () =>
      this.password().length >= PASSWORD_MIN &&
      this.email().trim() !== '' &&
      (!this.user()?.hasPassword || this.current() !== ''),
  );

  protected async saveName(): Promise<void> {
    this.nameProblem.set(undefined);
    try {
      await this.store.rename(this.name().trim());
      this.nameSaved.set(true);
      this.announcer.say('Name saved');
    } catch (error) {
      this.nameProblem.set(toProblem(error));
    }
  }

  protected async savePassword(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.passwordAllowed()) return;
    this.busy.set(true);
    this.passwordProblem.set(undefined);
    try {
      const user = this.user();
      await this.store.setPassword({
        newPassword: this.password(),
        ...(user?.hasPassword ? { currentPassword: this.current() } : {}),
        ...(user?.email ? {} : { email: this.email().trim() }),
      });
      this.password.set('');
      this.current.set('');
      this.passwordSaved.set(true);
      this.announcer.say('Password set');
    } catch (error) {
      this.passwordProblem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
