import { DestroyRef, Injectable, computed, effect, inject, resource, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute } from '@angular/router';
import {
  type Run,
  cancelRun,
  continueRun,
  deleteRun,
  extendRun,
  fitCandidate,
  getRun,
  getRunLogs,
  listCandidates,
  listExperimentRuns,
  pauseRun,
  type StartStudyRequest,
  startStudy,
  stopRun,
  streamRunEvents,
} from '@modelwright/sdk';
import type { RunEvent } from '@modelwright/contracts';
import { call } from '../shared/api/call';
import { ApiProblem } from '../shared/api/problem';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { pages } from '../shared/api/pages';
import { followStream } from '../shared/realtime/event-stream';
import { reloadOn } from '../shared/realtime/realtime';
import { type LiveRun, applyTrainerEvent, readRunEvent } from './live-run';
import { Replay } from './replay';
import { readClock, runClock } from './run-clock';
import { isActive } from './run-words';

const BADGES_DELAY_MS = 1_000;
const HISTORY_SHOWN_MS = 150;
/** Candidates of one run that are looked through. */
const MAX_ENTRIES = 200;

export type LogLevel = 'info' | 'warning' | 'error';
const LEVELS: readonly LogLevel[] = ['info', 'warning', 'error'];

/** One run, live: a snapshot, then every event as it happens, and on from the last one after a gap. */
@Injectable()
export class RunStore {
  private readonly route = inject(ActivatedRoute);
  private readonly params = toSignal(this.route.paramMap, { initialValue: this.route.snapshot.paramMap });
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });
  readonly id = computed(() => this.params().get('run') ?? '');

  /** The run as a request finds it; from then on `live` knows better. */
  readonly source = resource({
    params: () => this.id(),
    loader: ({ params, abortSignal }) => call(getRun({ path: { runId: params }, signal: abortSignal })),
  });
  private readonly state = signal<LiveRun | undefined>(undefined);
  private readonly reconnecting = signal(false);
  /** When the page last knew that it was up to date, in milliseconds. */
  readonly asOfMs = signal(Date.now());
  readonly isBehind = this.reconnecting.asReadonly();

  readonly run = computed<Run | undefined>(() => {
    const live = this.state();
    if (live?.run.id === this.id()) return live.run;
    return this.source.hasValue() ? this.source.value() : undefined;
  });
  readonly active = computed(() => {
    const run = this.run();
    return run !== undefined && isActive(run);
  });
  readonly hasSnapshot = computed(() => this.state() !== undefined);
  readonly candidates = computed(() => this.state()?.candidates ?? []);
  readonly resources = computed(() => this.state()?.resources ?? []);
  readonly clock = runClock(this.run);

  readonly level = computed<LogLevel>(
    () => LEVELS.find((one) => one === this.query().get('level')) ?? 'info',
  );
  readonly search = computed(() => this.query().get('q') ?? '');
  /** Older lines, read page by page; the newest come with the stream. */
  readonly olderLogs = pages({
    params: () => ({ runId: this.id(), level: this.level(), search: this.search() }),
    load: ({ runId, level, search }, page, signal) =>
      call(
        getRunLogs({
          path: { runId },
          query: { ...page, level, ...(search ? { search } : {}) },
          signal,
        }),
      ),
  });
  readonly logs = computed(() => {
    const older = this.olderLogs.items().toReversed();
    const lastSeq = older.at(-1)?.seq ?? 0;
    const least = LEVELS.indexOf(this.level());
    const words = this.search().toLowerCase();
    const newer = (this.state()?.logs ?? []).filter(
      (line) =>
        line.seq > lastSeq &&
        LEVELS.indexOf(line.level) >= least &&
        line.message.toLowerCase().includes(words),
    );
    return [...older, ...newer];
  });
  // -- replay ------------------------------------------------------------------------------------------------------
  /** Number of the event that the page stands at; undefined for now. */
  readonly replaySeq = computed(() => {
    const text = this.query().get('at');
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  });
  private readonly isReplaying = computed(() => this.replaySeq() !== undefined);
  private readonly history = signal<readonly RunEvent[]>([]);
  readonly isHistoryComplete = signal(false);
  readonly replay = computed(() => {
    const run = this.run();
    return run && this.isReplaying() ? new Replay(run, this.history()) : undefined;
  });
  readonly replayStep = computed(() => {
    const replay = this.replay();
    return replay ? replay.stepOf(this.replaySeq() ?? 0) : 0;
  });
  /** What the page shows: the run as it is, or as it was at the point of the replay. */
  readonly shown = computed<LiveRun | undefined>(() => {
    const replay = this.replay();
    if (replay) return replay.stateAt(this.replayStep());
    const live = this.state();
    return live?.run.id === this.id() ? live : undefined;
  });
  readonly shownClock = computed(() => {
    const replay = this.replay();
    const run = this.run();
    if (!replay || !run) return this.clock();
    return readClock(replay.secondsAt(this.replayStep()), 0, run.budgetSeconds, false);
  });

  private badgesTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const isFound = computed(() => this.source.hasValue());
    effect((onCleanup) => {
      const runId = this.id();
      if (!isFound()) return;
      const gone = new AbortController();
      onCleanup(() => gone.abort());
      untracked(() => void this.follow(runId, gone.signal));
    });
    effect((onCleanup) => {
      const runId = this.id();
      if (!isFound() || !this.isReplaying()) return;
      const gone = new AbortController();
      onCleanup(() => gone.abort());
      untracked(() => void this.readHistory(runId, gone.signal));
    });
    reloadOn(this.source, (event) => event.entity.id === this.id() && !this.active());
    inject(DestroyRef).onDestroy(() => clearTimeout(this.badgesTimer));
  }

  async stop(): Promise<void> {
    this.takeRun(await call(stopRun({ path: { runId: this.id() } })));
  }

  async cancel(): Promise<void> {
    this.takeRun(await call(cancelRun({ path: { runId: this.id() } })));
  }

  async pause(): Promise<void> {
    this.takeRun(await call(pauseRun({ path: { runId: this.id() } })));
  }

  async continue(): Promise<void> {
    this.takeRun(await call(continueRun({ path: { runId: this.id() } })));
  }

  /** @returns the new run, which goes on from what this one knows */
  extend(budgetSeconds: number): Promise<Run> {
    return call(
      extendRun({
        path: { runId: this.id() },
        body: { budgetSeconds },
        headers: { 'Idempotency-Key': idempotencyKey() },
      }),
    );
  }

  /** @returns the new run, whose model is the candidate */
  fit(candidateId: string): Promise<Run> {
    return call(
      fitCandidate({
        path: { runId: this.id(), candidateId },
        body: {},
        headers: { 'Idempotency-Key': idempotencyKey() },
      }),
    );
  }

  /** @returns the new run, a study of the candidate */
  tune(candidateId: string, body: StartStudyRequest): Promise<Run> {
    return call(
      startStudy({
        path: { runId: this.id(), candidateId },
        body,
        headers: { 'Idempotency-Key': idempotencyKey() },
      }),
    );
  }

  /**
   * The entries of candidates in the table of runs, by which they are compared.
   * @throws ApiProblem when one is not there yet: the table follows a run within seconds
   */
  async entriesOf(candidateIds: readonly string[]): Promise<string[]> {
    const run = this.run();
    if (!run) return [];
    const { items } = await call(
      listExperimentRuns({
        path: { projectId: run.projectId },
        query: { show: 'candidates', search: `parent_run_id = "${run.id}"`, limit: MAX_ENTRIES },
      }),
    );
    const byCandidate = new Map(items.map((item) => [item.candidateId, item.id]));
    return candidateIds.map((id) => {
      const entry = byCandidate.get(id);
      if (entry) return entry;
      throw new ApiProblem({
        code: 'experiment-run-not-found',
        status: 404,
        title: 'A candidate is not in the table of runs yet',
        detail: 'The table follows a run within seconds. Try again in a moment.',
      });
    });
  }

  async delete(): Promise<void> {
    await call(deleteRun({ path: { runId: this.id() } }));
  }

  /** Everything that has happened, from the first event on; of a run that goes on, also what comes. */
  private async readHistory(runId: string, signal: AbortSignal): Promise<void> {
    const collected: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      timer = undefined;
      this.history.set([...collected]);
    };
    this.isHistoryComplete.set(false);
    this.history.set([]);
    await followStream(
      (options) => streamRunEvents({ path: { runId }, query: { afterSeq: 0 }, ...options }),
      {
        take: (raw) => {
          const event = readRunEvent(raw);
          if (event?.kind === 'end') return 'end';
          // After a gap the stream goes on behind the last event, so nothing comes twice.
          if (event?.kind === 'trainer') collected.push(event.event);
          timer ??= setTimeout(show, HISTORY_SHOWN_MS);
          return undefined;
        },
        connected: () => undefined,
        lost: () => undefined,
      },
      signal,
    );
    clearTimeout(timer);
    if (signal.aborted) return;
    show();
    this.isHistoryComplete.set(true);
  }

  private async follow(runId: string, signal: AbortSignal): Promise<void> {
    this.state.set(undefined);
    this.reconnecting.set(false);
    await followStream(
      (options) => streamRunEvents({ path: { runId }, ...options }),
      {
        take: (event) => this.take(event),
        connected: () => {
          this.reconnecting.set(false);
          this.asOfMs.set(Date.now());
        },
        lost: () => this.reconnecting.set(true),
      },
      signal,
    );
  }

  private take(raw: Parameters<typeof readRunEvent>[0]): 'end' | undefined {
    const event = readRunEvent(raw);
    switch (event?.kind) {
      case 'snapshot':
        this.state.set(event.snapshot);
        return undefined;
      case 'run':
        this.takeRun(event.run);
        return undefined;
      case 'trainer':
        this.state.update((live) => live && applyTrainerEvent(live, event.event));
        if (event.event.type === 'candidate' && event.event.status !== 'running') this.fetchBadgesSoon();
        return undefined;
      case 'end':
        this.fetchBadgesSoon();
        return 'end';
      default:
        return undefined;
    }
  }

  private takeRun(run: Run): void {
    this.state.update((live) => live && { ...live, run });
    if (this.source.hasValue()) this.source.set(run);
  }

  /** Which candidate is fastest, simplest or recommended is the server's judgement; the events do not carry it. */
  private fetchBadgesSoon(): void {
    if (this.badgesTimer !== undefined) return;
    this.badgesTimer = setTimeout(() => {
      this.badgesTimer = undefined;
      void this.fetchBadges();
    }, BADGES_DELAY_MS);
  }

  private async fetchBadges(): Promise<void> {
    const runId = this.id();
    const answer = await listCandidates({ path: { runId } });
    const judged = answer.data?.items;
    if (!judged || runId !== this.id()) return;
    const byId = new Map(judged.map((one) => [one.candidateId, one]));
    this.state.update((live) => {
      if (!live) return live;
      // What a run leaves behind when it ends early is told by no event: then the server's list holds.
      if (!isActive(live.run)) return { ...live, candidates: judged };
      const candidates = live.candidates.map((one) => ({
        ...one,
        badges: byId.get(one.candidateId)?.badges ?? one.badges,
      }));
      return { ...live, candidates };
    });
  }
}
