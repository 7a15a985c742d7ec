import { NgTemplateOutlet } from '@angular/common';
import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import type { Candidate, Run } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { formatScore } from '../shared/format/numbers';
import { formatClock } from '../shared/format/time';
import { TimeAgo } from '../shared/format/time-ago';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { CopyButton, copyText } from '../shared/ui/copy-button';
import { Dialogs } from '../shared/ui/dialogs';
import { EmptyState } from '../shared/ui/empty-state';
import { runCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { Icon } from '../shared/ui/icon';
import { mediaMatches } from '../shared/ui/media';
import { PageHeader } from '../shared/ui/page-header';
import { PageNotice } from '../shared/ui/page-notice';
import { ProblemView } from '../shared/ui/problem-view';
import { Skeleton } from '../shared/ui/skeleton';
import { StatusChip } from '../shared/ui/status-chip';
import { LineageView } from '../shared/lineage/lineage-view';
import { type Tab, Tabs } from '../shared/ui/tabs';
import { foldsText } from '../shared/metrics/fold-words';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { BestChart } from './best-chart';
import { openBlockingText } from './findings/finding-words';
import { FindingsPanel } from './findings/findings-panel';
import { FindingsStore } from './findings/findings.store';
import { onlyBaseline } from './candidate-counts';
import { CandidatePanel } from './candidate-panel';
import { Leaderboard } from './leaderboard';
import type { MoreTimeRequest } from './more-time-dialog';
import { ReplayBar } from './replay-bar';
import { ResourceCharts } from './resource-charts';
import { RunDetails } from './run-details';
import { RunFailureView } from './run-failure';
import { RunHead } from './run-head';
import { RunLogs } from './run-logs';
import { RunStages } from './run-stages';
import { StudyStore } from './study/study.store';
import { StudyView } from './study/study-view';
import type { TuneRequest } from './study/tune-dialog';
import { RunWait } from './run-wait';
import { STOPPING, isUnderWay, originWord } from './run-words';
import { TradeOffChart } from './trade-off-chart';
import { RunStore } from './run.store';

const ANNOUNCE_EVERY_MS = 10_000;
const MAX_COMPARED = 6;
const SHOWN_REASONS = 3;
const PHONE = '(width < 700px)';

/** One run as it happens: clock, best so far, leaderboard, log. */
@Component({
  selector: 'mw-run-page',
  imports: [
    BestChart,
    CandidatePanel,
    CopyButton,
    EmptyState,
    FindingsPanel,
    Icon,
    Leaderboard,
    LineageView,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    NgTemplateOutlet,
    PageHeader,
    ProblemView,
    ReplayBar,
    ResourceCharts,
    RouterLink,
    RunDetails,
    RunFailureView,
    RunHead,
    RunLogs,
    RunStages,
    RunWait,
    Skeleton,
    StatusChip,
    StudyView,
    Tabs,
    TimeAgo,
    TradeOffChart,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [RunStore, FindingsStore, StudyStore],
  host: { class: 'mw-page' },
  templateUrl: './run-page.html',
  styleUrl: './run-page.scss',
})
export class RunPage {
  /** From the URL. */
  readonly project = input.required<string>();
  readonly tab = input<string>();
  readonly candidate = input<string>();
  readonly cost = input<string>();

  protected readonly store = inject(RunStore);
  private readonly findings = inject(FindingsStore);
  private readonly study = inject(StudyStore);
  protected readonly context = inject(ProjectContext);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);
  private readonly router = inject(Router);
  private readonly dialogs = inject(Dialogs);
  private readonly code = inject(CopyAsCode);
  /** The leaderboard is what people come for: on a phone nothing stands before it. */
  protected readonly isPhone = mediaMatches(PHONE);
  protected readonly busy = signal(false);
  protected readonly problem = signal<unknown>(undefined);
  protected readonly stoppingText = STOPPING;
  private readonly stopAsked = signal(false);
  protected readonly isStopping = computed(() => {
    const run = this.store.run();
    return isUnderWay(run) && (this.stopAsked() || run?.stopRequestedAt != null) && !run?.cancelRequestedAt;
  });
  /** Candidates that are marked for comparing. */
  protected readonly picked = signal<ReadonlySet<string>>(new Set());
  private announcedMs = 0;

  protected readonly trail = computed(() => [{ label: 'Runs', link: ['/p', this.project(), 'runs'] }]);
  protected readonly heading = computed(() => this.store.run()?.name ?? 'Run');
  protected readonly active = computed(() => this.tab() ?? 'leaderboard');
  protected readonly isStudy = computed(() => this.store.run()?.kind === 'study');
  /** Trials that have ended; null for a run that is no study. */
  protected readonly trialCount = computed(() =>
    this.isStudy() ? this.study.trials().filter(({ state }) => state !== 'running').length : null,
  );
  protected readonly tabs = computed<readonly Tab[]>(() =>
    this.isStudy()
      ? [{ id: 'leaderboard', label: 'Study', icon: 'runs' }, ...this.commonTabs]
      : this.searchTabs(),
  );
  private readonly commonTabs: readonly Tab[] = [
    { id: 'resources', label: 'Resources', icon: 'server' },
    { id: 'logs', label: 'Logs', icon: 'terminal' },
    { id: 'details', label: 'Details', icon: 'info' },
    { id: 'lineage', label: 'Lineage', icon: 'link' },
  ];
  private readonly searchTabs = computed<readonly Tab[]>(() => [
    {
      id: 'leaderboard',
      label: 'Leaderboard',
      icon: 'runs',
      ...(this.store.candidates().length > 0 ? { count: this.store.candidates().length } : {}),
    },
    {
      id: 'findings',
      label: 'Findings',
      icon: 'warning',
      ...(this.findings.items().length > 0 ? { count: this.findings.items().length } : {}),
    },
    { id: 'trade-offs', label: 'Score against cost', icon: 'chart' },
    ...this.commonTabs,
  ]);
  protected readonly lineageFocus = computed(() => ({
    kind: 'run' as const,
    id: this.store.run()?.id ?? '',
  }));
  protected readonly statusWord = computed(() => {
    const run = this.store.run();
    if (run?.status === 'paused') return run.continueRequestedAt ? 'Going on soon' : undefined;
    if (run?.status !== 'running') return undefined;
    if (run.cancelRequestedAt) return 'Cancelling';
    if (this.isStopping()) return 'Stopping';
    return run.pauseRequestedAt ? 'Pausing' : undefined;
  });
  protected readonly isPreparing = computed(
    () =>
      this.store.active() &&
      !this.store.replay() &&
      (this.isStudy() ? this.study.trials() : this.store.candidates()).length === 0,
  );
  protected readonly canStop = computed(() => {
    const run = this.store.run();
    return isUnderWay(run) && !this.isStopping() && !run?.cancelRequestedAt && !this.busy();
  });
  /** What the button for pausing does now; undefined where there is nothing to pause. */
  protected readonly pausing = computed<'pause' | 'continue' | undefined>(() => {
    const run = this.store.run();
    if (!run || !isUnderWay(run) || run.stopRequestedAt || run.cancelRequestedAt) return undefined;
    if (run.status === 'paused') return run.continueRequestedAt ? 'pause' : 'continue';
    return run.pauseRequestedAt ? 'continue' : 'pause';
  });
  protected readonly canExtend = computed(
    () => this.context.canEdit() && !this.store.active() && this.store.run()?.canExtend === true,
  );
  protected readonly shownReasons = SHOWN_REASONS;
  /** Why nothing but the baseline is known, where that is so. */
  protected readonly onlyBaseline = computed(() => {
    const run = this.store.run();
    return run && onlyBaseline(run, this.store.candidates());
  });
  /** A study shows all its trials in their order; there is nothing to play again. */
  protected readonly hasHistory = computed(
    () => !this.isStudy() && ((this.store.run()?.lastSeq ?? 0) > 0 || this.store.active()),
  );
  protected readonly origin = computed(() => {
    const run = this.store.run();
    const word = run ? originWord(run.origin) : '';
    return run?.parentRunId && word
      ? { word, id: run.parentRunId, name: run.parentRunName ?? 'a deleted run' }
      : null;
  });
  protected readonly opened = computed(() =>
    this.store.shown()?.candidates.find((one) => one.candidateId === this.candidate()),
  );
  protected readonly foldsText = computed(() => {
    const run = this.store.run();
    if (!run) return '';
    if (run.task === 'clustering') return `Judged on ${run.validation.folds} resamples`;
    const { folds, repeats, strategy, column } = run.validation;
    if (strategy === 'given') return `Validated on the rows that ${column ?? 'a column'} gives`;
    return `Cross-validated on ${foldsText({ folds, repeats })}`;
  });
  protected readonly asOf = computed(() => formatClock(this.store.asOfMs()));
  /** Findings that stand in the way of promoting the model; empty when there are none. */
  protected readonly blockingText = computed(() =>
    this.findings.openBlocking() > 0 ? openBlockingText(this.findings.openBlocking()) : '',
  );
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
      { keys: 'p', description: 'Pause or continue', group: 'Run', run: () => void this.pauseOrContinue() },
      { keys: 'm', description: 'More time', group: 'Run', run: () => void this.extend() },
      { keys: 'r', description: 'Replay', group: 'Run', run: () => this.toggleReplay() },
      { keys: 'j', description: 'Next candidate (Enter opens it)', group: 'Run', run: move(1) },
      { keys: 'k', description: 'Previous candidate', group: 'Run', run: move(-1) },
      {
        keys: 'x',
        description: 'Select the candidate for comparing',
        group: 'Run',
        run: () => this.pickFocused(),
      },
      {
        keys: 'c',
        description: 'Compare the selected candidates',
        group: 'Run',
        run: () => void this.compare(),
      },
    ]);
    inject(PageNotice).follow(() => (this.isStopping() ? `${this.heading()}: ${STOPPING}` : undefined));
    this.announceProgress();
  }

  protected async stop(): Promise<void> {
    if (!this.canStop() || !this.context.canEdit()) return;
    const sure = await this.confirm.ask({
      title: 'Stop and keep the best?',
      text: 'The fold under way is finished, then the best candidate so far becomes the model.',
      action: 'Stop and keep best',
      dismiss: 'Keep running',
    });
    if (!sure) return;
    this.stopAsked.set(true);
    await this.attempt(() => this.store.stop());
    this.stopAsked.set(false);
  }

  protected async pauseOrContinue(): Promise<void> {
    const wish = this.pausing();
    if (!wish || !this.context.canEdit() || this.busy()) return;
    await this.attempt(() => (wish === 'pause' ? this.store.pause() : this.store.continue()));
  }

  protected async extend(): Promise<void> {
    const run = this.store.run();
    if (!run || !this.canExtend()) return;
    const { MoreTimeDialog } = await import('./more-time-dialog');
    const made = await this.dialogs.open<Run>(MoreTimeDialog, {
      data: { run, perform: (seconds: number) => this.store.extend(seconds) } satisfies MoreTimeRequest,
      width: '460px',
    });
    if (made) await this.router.navigate(['/p', this.project(), 'runs', made.id]);
  }

  protected async fit(candidateId: string): Promise<void> {
    await this.attempt(async () => {
      const made = await this.store.fit(candidateId);
      await this.router.navigate(['/p', this.project(), 'runs', made.id]);
    });
  }

  protected async tune(candidate: Candidate): Promise<void> {
    const run = this.store.run();
    if (!run || !this.context.canEdit()) return;
    const { TuneDialog } = await import('./study/tune-dialog');
    const data: TuneRequest = {
      run,
      candidate,
      perform: (request) => this.store.tune(candidate.candidateId, request),
    };
    const made = await this.dialogs.open<Run>(TuneDialog, { data, width: '720px' });
    if (made) await this.router.navigate(['/p', this.project(), 'runs', made.id]);
  }

  protected toggleReplay(): void {
    if (!this.hasHistory()) return;
    // From its beginning, standing still: what follows is for the reader to play.
    this.moveTo(this.store.replay() ? null : 0);
  }

  protected scrub(step: number): void {
    const replay = this.store.replay();
    if (replay) this.moveTo(replay.seqAt(step));
  }

  private moveTo(at: number | null): void {
    void this.router.navigate([], { queryParams: { at }, queryParamsHandling: 'merge', replaceUrl: true });
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

  protected pick(candidateId: string): void {
    const next = new Set(this.picked());
    if (!next.delete(candidateId) && next.size < MAX_COMPARED) next.add(candidateId);
    this.picked.set(next);
    this.announcer.say(`${next.size} selected`);
  }

  private pickFocused(): void {
    const id = document.activeElement?.getAttribute('data-candidate') ?? this.candidate();
    if (id) this.pick(id);
  }

  protected async compare(): Promise<void> {
    if (this.picked().size < 2 || this.busy()) return;
    await this.attempt(async () => {
      const ids = await this.store.entriesOf([...this.picked()]);
      await this.router.navigate(['/p', this.project(), 'compare'], { queryParams: { ids: ids.join(',') } });
    });
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
