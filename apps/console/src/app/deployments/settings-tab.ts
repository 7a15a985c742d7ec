import { Component, computed, inject, linkedSignal, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { Field } from '../shared/ui/field';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { ACCESS_MODES, type AccessMode } from './access-modes';
import { DeploymentStore } from './deployment.store';

interface Settings {
  readonly name: string;
  readonly authMode: AccessMode;
  readonly rate: string;
  readonly days: string;
  readonly masked: readonly string[];
  readonly container: ContainerMode;
  readonly idle: string;
}

const CONTAINER_MODES = [
  { id: 'automatic', label: 'Automatic: on demand while the compiled form answers, else always' },
  { id: 'always', label: 'Always' },
  { id: 'on-demand', label: 'On demand: the first call starts it and waits for it' },
] as const;
type ContainerMode = (typeof CONTAINER_MODES)[number]['id'];

const FIELDS = [
  'name',
  'containerMode',
  'idleAfterMinutes',
  'rateLimitPerMinute',
  'authMode',
  'logRetentionDays',
  'maskedColumns',
];

@Component({
  selector: 'mw-settings-tab',
  imports: [Field, Icon, MatButton, ProblemView],
  templateUrl: './settings-tab.html',
  styleUrl: './settings-tab.scss',
})
export class SettingsTab {
  protected readonly store = inject(DeploymentStore);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);
  private readonly router = inject(Router);
  protected readonly modes = ACCESS_MODES;
  protected readonly containerModes = CONTAINER_MODES;
  protected readonly busy = signal(false);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);

  private readonly stored = computed<Settings>(
    () => {
      const current = this.store.current();
      return {
        name: current?.name ?? '',
        authMode: current?.authMode ?? 'workspace',
        rate: String(current?.rateLimitPerMinute ?? ''),
        days: String(current?.logRetentionDays ?? ''),
        masked: current?.maskedColumns ?? [],
        container: current?.containerMode ?? 'automatic',
        idle: String(current?.idleAfterMinutes ?? ''),
      };
    },
    { equal: (one, other) => JSON.stringify(one) === JSON.stringify(other) },
  );
  /** Inputs of the model in its own order, with whether their values stay out of the log. */
  protected readonly columns = computed(() => {
    const masked = new Set(this.draft().masked);
    return (this.store.contract()?.inputs ?? []).map(({ name }) => ({ name, isMasked: masked.has(name) }));
  });
  protected readonly draft = linkedSignal(() => this.stored());
  protected readonly isChanged = computed(
    () => JSON.stringify(this.draft()) !== JSON.stringify(this.stored()),
  );
  protected readonly rest = computed(() => {
    const problem = this.problem();
    return problem && !FIELDS.some((field) => problem.messageFor(field)) ? problem : undefined;
  });

  protected change(part: Partial<Settings>): void {
    this.draft.update((draft) => ({ ...draft, ...part }));
  }

  protected setContainer(value: string): void {
    const container = CONTAINER_MODES.find(({ id }) => id === value)?.id;
    if (container) this.change({ container });
  }

  protected mask(column: string, isMasked: boolean): void {
    const others = this.draft().masked.filter((name) => name !== column);
    const wanted = new Set(isMasked ? [...others, column] : others);
    // In the order of the contract, so that ticking back and forth is no change.
    this.change({
      masked: this.columns()
        .map(({ name }) => name)
        .filter((name) => wanted.has(name)),
    });
  }

  protected async save(): Promise<void> {
    if (!this.isChanged() || this.busy()) return;
    const { name, authMode, rate, days, masked, container, idle } = this.draft();
    this.busy.set(true);
    this.problem.set(undefined);
    try {
      await this.store.update({
        name: name.trim(),
        authMode,
        rateLimitPerMinute: Number(rate),
        logRetentionDays: Number(days),
        maskedColumns: [...masked],
        containerMode: container,
        idleAfterMinutes: Number(idle),
      });
      this.announcer.say('The settings are saved.');
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }

  protected async remove(): Promise<void> {
    const current = this.store.current();
    if (!current) return;
    const isLive = current.desiredState === 'running';
    const sure = await this.confirm.ask({
      title: `Delete deployment “${current.name}”?`,
      text: 'Its address stops answering, and its keys and its request log go with it. The model stays.',
      action: 'Delete deployment',
      destructive: true,
      ...(isLive ? { typeToConfirm: current.name } : {}),
    });
    if (sure && (await this.store.delete()))
      await this.router.navigate(['/p', current.projectId, 'deployments']);
  }
}
