import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import { toProblem } from '../shared/api/problem';
import { formatScore } from '../shared/format/numbers';
import { formatClock } from '../shared/format/time';
import { TimeAgo } from '../shared/format/time-ago';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { CopyButton, copyText } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { runCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { type Tab, Tabs } from '../shared/ui/tabs';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { BestChart } from './best-chart';
import { CandidatePanel } from './candidate-panel';
import { Leaderboard } from './leaderboard';
import { RunDetails } from './run-details';
import { RunFailureView } from './run-failure';
import { RunHead } from './run-head';
import { RunLogs } from './run-logs';
import { RunStages } from './run-stages';
import { RunStore } from './run.store';

const ANNOUNCE_EVERY_MS = 10_000;

/** One run as it happens: clock, best so far, leaderboard, log. */
@Component({
  selector: 'mw-run-page',
  imports: [
    BestChart,
    CandidatePanel,
    CopyButton,
    EmptyState,
    Icon,
    Leaderboard,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    ProblemView,
    RouterLink,
    RunDetails,
    RunFailureView,
    RunHead,
    RunLogs,
    RunStages,
    Skeleton,
    StatusChip,
    Tabs,
    TimeAgo,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [RunStore],
  host: { class: 'mw-page' },
  templateUrl: './run-page.html',
  styleUrl: './run-page.scss',
})
export class RunPage {
  /** From the URL. */
  readonly project = input.required<string>();
  readonly tab = input<string>();
  readonly candidate = input<string>();

  protected readonly store = inject(RunStore);
  protected readonly context = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);
  private readonly router = inject(Router);
  private readonly code = inject(CopyAsCode);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  private announcedMs = 0;

  protected readonly trail = computed(() => [{ label: 'Runs', link: ['/p', this.project(), 'runs'] }]);
  protected readonly heading = computed(() => this.store.run()?.name ?? 'Run');
  protected readonly active = computed(() => this.tab() ?? 'leaderboard');
  protected readonly tabs = computed<readonly Tab[]>(() => [
    {
      id: 'leaderboard',
      label: 'Leaderboard',
      icon: 'runs',
      ...(this.store.candidates().length > 0 ? { count: this.store.candidates().length } : {}),
    },
    { id: 'logs', label: 'Logs', icon: 'terminal' },
    { id: 'details', label: 'Details', icon: 'info' },
  ]);
  protected readonly statusWord = computed(() => {
    const run = this.store.run();
    if (run?.status !== 'running') return undefined;
    if (run.cancelRequestedAt) return 'Cancelling';
    return run.stopRequestedAt ? 'Stopping' : undefined;
  });
  protected readonly isPreparing = computed(
    () => this.store.active() && this.store.candidates().length === 0,
  );
  protected readonly canStop = computed(() => {
    const run = this.store.run();
    return run?.status === 'running' && !run.stopRequestedAt && !run.cancelRequestedAt && !this.busy();
  });
  protected readonly opened = computed(() =>
    this.store.candidates().find((one) => one.candidateId === this.candidate()),
  );
  protected readonly asOf = computed(() => formatClock(this.store.asOfMs()));
  protected readonly modelLink = computed(() => {
    const run = this.store.run();
    if (!run?.modelId) return null;
    return {
      link: ['/p', this.project(), 'models', run.modelId],
      query: run.modelVersionId ? { version: run.modelVersionId } : {},
    };
  });

  constructor() {
    const move = (step: 1 | -1) => () => this.moveFocus(step);
    inject(Keyboard).use([
      { keys: 'shift+s', description: 'Stop and keep best', group: 'Run', run: () => void this.stop() },
      { keys: 'j', description: 'Next candidate (Enter opens it)', group: 'Run', run: move(1) },
      { keys: 'k', description: 'Previous candidate', group: 'Run', run: move(-1) },
    ]);
    this.announceProgress();
  }

  protected async stop(): Promise<void> {
    if (!this.canStop() || !this.context.canEdit()) return;
    const sure = await this.confirm.ask({
      title: 'Stop and keep the best?',
      text: 'The fold under way is finished, then the best candidate so far becomes the model.',
      action: 'Stop and keep best',
    });
    if (sure) await this.attempt(() => this.store.stop());
  }

  protected async cancel(): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Cancel run “${this.heading()}”?`,
      text: 'It stops after this fold and makes no model. Use “Stop and keep best” to keep what was found.',
      action: 'Cancel run',
      dismiss: 'Keep running',
      destructive: true,
    });
    if (sure) await this.attempt(() => this.store.cancel());
  }

  protected async remove(): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete run “${this.heading()}”?`,
      text: 'Its leaderboard and its log go. A run that made a model is kept for as long as the model is.',
      action: 'Delete run',
      destructive: true,
    });
    if (!sure) return;
    await this.attempt(async () => {
      await this.store.delete();
      await this.router.navigate(['/p', this.project(), 'runs']);
    });
  }

  protected copyAsCode(): Promise<void> {
    return this.code.open('This run as code', runCode(this.store.id()));
  }

  protected copyLink(): void {
    void copyText(location.href);
  }

  protected closePanel(): void {
    void this.router.navigate([], { queryParams: { candidate: null }, queryParamsHandling: 'merge' });
  }

  private moveFocus(step: 1 | -1): void {
    const rows = Array.from(document.querySelectorAll<HTMLElement>('[data-candidate]'));
    const at = rows.findIndex((row) => row === document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))]?.focus();
  }

  /** Tells screen readers how it goes, at most every ten seconds, and at once when it is over. */
  private announceProgress(): void {
    let wasActive = false;
    effect(() => {
      const run = this.store.run();
      if (!run) return;
      const active = this.store.active();
      const isEnd = wasActive && !active;
      wasActive = active;
      const nowMs = Date.now();
      if (!isEnd && (!active || run.bestScore === null || nowMs - this.announcedMs < ANNOUNCE_EVERY_MS))
        return;
      this.announcedMs = nowMs;
      const best = run.bestScore === null ? '' : `, best ${run.metric.label} ${formatScore(run.bestScore)}`;
      const text = isEnd
        ? `The run ${run.status}${best}.`
        : `${run.candidatesDone} of ${run.candidatesTotal} candidates done${best}.`;
      untracked(() => this.announcer.say(text));
    });
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
