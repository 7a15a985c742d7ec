import { Injectable, computed, inject, resource } from '@angular/core';
import { getSystemInfo } from '@modelwright/sdk';
import { call } from '../api/call';
import { Session } from '../api/session';
import type { IconName } from '../ui/icons';

export interface SystemNotice {
  readonly text: string;
  readonly icon: IconName;
  readonly warning: boolean;
}

/** What this installation runs on, and what is off about it. */
@Injectable({ providedIn: 'root' })
export class SystemStore {
  private readonly session = inject(Session);
  readonly info = resource({
    params: () => this.session.user()?.id,
    loader: ({ abortSignal }) => call(getSystemInfo({ signal: abortSignal })),
  });
  readonly notices = computed<readonly SystemNotice[]>(() => []);
}
