import { Injectable, computed, effect, inject, resource } from '@angular/core';
import { listFiringAlerts } from '@modelwright/sdk';
import { call } from '../api/call';
import { Session } from '../api/session';
import { reloadOn } from '../realtime/realtime';

const REFRESH_MS = 60_000;
const MOST = 50;

/** What fires in the reader's projects. Events of the open project bring changes at once, those of others come by looking. */
@Injectable({ providedIn: 'root' })
export class FiringAlertsStore {
  private readonly session = inject(Session);
  readonly alerts = resource({
    params: () => this.session.user()?.id,
    loader: ({ abortSignal }) => call(listFiringAlerts({ query: { limit: MOST }, signal: abortSignal })),
  });
  readonly items = computed(() => (this.alerts.hasValue() ? this.alerts.value().items : []));
  /** In words, because there may be more than were fetched. */
  readonly count = computed(() =>
    this.alerts.hasValue() && this.alerts.value().nextCursor !== null
      ? `${MOST}+`
      : String(this.items().length),
  );

  constructor() {
    reloadOn(this.alerts, (event) => event.type === 'alert.updated');
    effect((onCleanup) => {
      if (!this.session.signedIn()) return;
      const look = (): void => {
        if (document.visibilityState === 'visible') this.alerts.reload();
      };
      const timer = setInterval(look, REFRESH_MS);
      onCleanup(() => clearInterval(timer));
    });
  }
}
