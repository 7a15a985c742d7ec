import { Injectable, computed, effect, inject, resource } from '@angular/core';
import { type SystemInfo, getHealth, getSystemInfo, setFreeze } from '@modelwright/sdk';
import { call } from '../api/call';
import { Session } from '../api/session';
import { formatNumber } from '../format/numbers';
import type { IconName } from '../ui/icons';

export interface SystemNotice {
  readonly text: string;
  readonly icon: IconName;
  readonly warning: boolean;
}

const REFRESH_MS = 5000;

/** What this installation runs on, and what is off about it. */
@Injectable({ providedIn: 'root' })
export class SystemStore {
  private readonly session = inject(Session);
  readonly info = resource({
    params: () => this.session.user()?.id,
    loader: ({ abortSignal }) => call(getSystemInfo({ signal: abortSignal })),
  });
  readonly health = resource({
    params: () => this.session.user()?.id,
    loader: ({ abortSignal }) => call(getHealth({ signal: abortSignal })),
  });
  /** Empty while everything is as it should be. */
  readonly notices = computed<readonly SystemNotice[]>(() =>
    this.info.hasValue() ? noticesOf(this.info.value()) : [],
  );
  private readonly isPreparing = computed(() =>
    this.info.hasValue() ? ['building', 'missing'].includes(this.info.value().runtimeImage.state) : false,
  );

  constructor() {
    effect((onCleanup) => {
      if (!this.isPreparing()) return;
      const timer = setInterval(() => document.visibilityState === 'visible' && this.refresh(), REFRESH_MS);
      onCleanup(() => clearInterval(timer));
    });
  }

  refresh(): void {
    this.info.reload();
    this.health.reload();
  }

  /** Stops or allows new work; reading and predictions go on either way. */
  async freeze(frozen: boolean, reason: string): Promise<void> {
    await call(setFreeze({ body: { frozen, reason } }));
    this.info.reload();
  }
}

function noticesOf({ execution, runtimeImage, freeze }: SystemInfo): readonly SystemNotice[] {
  const notices: SystemNotice[] = [];
  const warn = (text: string): number => notices.push({ text, icon: 'warning', warning: true });
  if (freeze.frozen) warn(`New work is stopped by an administrator: ${freeze.reason}`);
  if (!execution.enabled) warn('Containers are switched off: training and deployments are not possible.');
  else if (runtimeImage.state === 'building') {
    const percent = runtimeImage.percent === null ? '' : ` ${formatNumber(runtimeImage.percent)} %.`;
    notices.push({
      text: `The runtime is being prepared.${percent} Data can be added meanwhile; training starts when it is ready.`,
      icon: 'running',
      warning: false,
    });
  } else if (runtimeImage.state !== 'ready') warn(runtimeImage.message);
  return notices;
}
