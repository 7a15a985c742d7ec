import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Session } from '../shared/api/session';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { CountPipe, DurationPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { SystemStore } from '../shared/system/system.store';
import { Confirm } from '../shared/ui/confirm';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { Progress } from '../shared/ui/progress';
import { Prompt } from '../shared/ui/prompt';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent } from '../shared/ui/view';

const CHECKS = [
  { id: 'database', word: 'Database' },
  { id: 'docker', word: 'Containers' },
  { id: 'runtimeImage', word: 'Runtime image' },
  { id: 'memory', word: 'Memory' },
] as const;

/** What is installed, how it is, and what an administrator can do about it. */
@Component({
  selector: 'mw-health-section',
  imports: [
    CopyButton,
    CountPipe,
    DurationPipe,
    Icon,
    MatButton,
    ProblemView,
    Progress,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
  ],
  templateUrl: './health-section.html',
  styleUrl: './sections.scss',
})
export class HealthSection {
  protected readonly store = inject(SystemStore);
  private readonly session = inject(Session);
  private readonly prompt = inject(Prompt);
  private readonly confirm = inject(Confirm);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly isAdmin = computed(() => this.session.user()?.isAdmin === true);
  protected readonly checks = computed(() => {
    if (!this.store.health.hasValue()) return [];
    const { checks } = this.store.health.value();
    return CHECKS.map(({ id, word }) => ({ id, word, ...checks[id] }));
  });
  protected readonly missing = computed(() =>
    this.store.info.hasValue()
      ? this.store.info.value().runtimeImage.libraries.flatMap((one) => (one.available ? [] : [one.name]))
      : [],
  );
  protected readonly libraries = computed(() =>
    this.store.info.hasValue()
      ? this.store.info.value().runtimeImage.libraries.flatMap((one) => (one.available ? [one.name] : []))
      : [],
  );
  /** Without secrets: there are none in either answer. */
  protected readonly diagnostics = computed(() =>
    JSON.stringify(
      {
        system: this.store.info.hasValue() ? this.store.info.value() : null,
        health: this.store.health.hasValue() ? this.store.health.value() : null,
        browser: navigator.userAgent,
      },
      null,
      2,
    ),
  );

  constructor() {
    this.store.refresh();
  }

  protected async freeze(): Promise<void> {
    await this.prompt.ask({
      title: 'Stop new work?',
      label: 'Reason',
      value: '',
      help: 'Everybody who is refused reads it. Reading and predictions go on.',
      action: 'Stop new work',
      maxLength: 500,
      perform: (reason) => this.store.freeze(true, reason),
    });
  }

  protected async thaw(): Promise<void> {
    const sure = await this.confirm.ask({
      title: 'Allow new work again?',
      text: 'Uploads, runs and deployments are accepted from now on.',
      action: 'Allow new work',
    });
    if (!sure) return;
    this.problem.set(undefined);
    try {
      await this.store.freeze(false, '');
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
