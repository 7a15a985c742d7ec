import { DestroyRef, Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import { type ContainerLogLine, getDeploymentLogs, streamDeploymentLogs } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { type ApiProblem, isAbort, toProblem } from '../shared/api/problem';
import { followStream } from '../shared/realtime/event-stream';
import { DeploymentStore } from './deployment.store';
import { absenceWords, followable } from './log-container';

const MOST_LINES = 5000;
const TAIL = 500;

export interface KeptLine extends ContainerLogLine {
  /** Counts the lines of this page; the server's own number starts again with every container. */
  readonly position: number;
}

/** The log of the model server: its tail, then what it writes, for as long as it has a container. */
@Injectable()
export class LogsStore {
  private readonly deployment = inject(DeploymentStore);
  private readonly kept = signal<readonly KeptLine[]>([]);
  private readonly trouble = signal<ApiProblem | undefined>(undefined);
  private readonly phase = signal<'loading' | 'following' | 'reconnecting' | 'ended'>('loading');
  private readonly seen = new Set<string>();
  private count = 0;

  readonly lines = this.kept.asReadonly();
  readonly problem = this.trouble.asReadonly();
  readonly state = this.phase.asReadonly();
  /** Changes with every container that can be followed. */
  private readonly container = computed(() => {
    const current = this.deployment.current();
    if (!current) return undefined;
    return `${current.id} ${followable(current) ?? 'none'}`;
  });

  /** Why nothing is followed, when there is no container. */
  readonly absence = computed(() => {
    const current = this.deployment.current();
    return current && absenceWords(current);
  });

  constructor() {
    let stop = new AbortController();
    effect(() => {
      const container = this.container();
      stop.abort();
      if (!container) return;
      stop = new AbortController();
      const { signal } = stop;
      untracked(() => void this.read(!container.endsWith('none'), signal));
    });
    inject(DestroyRef).onDestroy(() => stop.abort());
  }

  async reload(): Promise<void> {
    await this.readTail(new AbortController().signal);
  }

  private async read(follows: boolean, signal: AbortSignal): Promise<void> {
    await this.readTail(signal);
    if (signal.aborted) return;
    if (!follows) {
      this.phase.set('ended');
      return;
    }
    this.phase.set('following');
    await followStream(
      (options) => streamDeploymentLogs({ path: { deploymentId: this.deployment.id() }, ...options }),
      {
        // Our own server speaks here: events named `line` carry log lines.
        take: ({ event, data }) => {
          if (event === 'line') this.add([data as ContainerLogLine]);
          return undefined;
        },
        connected: () => this.phase.set('following'),
        lost: () => this.phase.set('reconnecting'),
      },
      signal,
    );
  }

  private async readTail(signal: AbortSignal): Promise<void> {
    try {
      const { lines } = await call(
        getDeploymentLogs({ path: { deploymentId: this.deployment.id() }, query: { tail: TAIL }, signal }),
      );
      this.add(lines);
      this.trouble.set(undefined);
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.trouble.set(toProblem(error));
    }
  }

  private add(lines: readonly ContainerLogLine[]): void {
    const fresh = lines.filter((line) => {
      const mark = `${line.seq} ${line.at}`;
      if (this.seen.has(mark)) return false;
      this.seen.add(mark);
      return true;
    });
    if (fresh.length === 0) return;
    const numbered = fresh.map((line) => ({ ...line, position: (this.count += 1) }));
    this.kept.update((kept) => [...kept, ...numbered].slice(-MOST_LINES));
  }
}
