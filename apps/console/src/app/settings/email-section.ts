import { Component, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { SidePanel } from '../shared/ui/side-panel';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { MailStore } from './mail.store';

const ENCRYPTION = {
  auto: 'when the server offers it; always with a password',
  required: 'always',
  off: 'never',
} as const;

/** Whether mail is sent, and every mail that was written. */
@Component({
  selector: 'mw-email-section',
  imports: [
    EmptyState,
    Icon,
    MatButton,
    ProblemView,
    SidePanel,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
  ],
  providers: [MailStore],
  templateUrl: './email-section.html',
  styleUrl: './sections.scss',
})
export class EmailSection {
  protected readonly store = inject(MailStore);
  protected readonly encryption = ENCRYPTION;
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);

  protected test(): Promise<void> {
    return this.attempt(() => this.store.test());
  }

  protected sendAgain(mailId: string): Promise<void> {
    return this.attempt(() => this.store.sendAgain(mailId));
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }
}
