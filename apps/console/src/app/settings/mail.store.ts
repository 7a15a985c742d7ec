import { Injectable, computed, effect, inject, resource, signal } from '@angular/core';
import {
  type UpdateMailPreferencesRequest,
  getMail,
  getMailPreferences,
  getMailSettings,
  listMails,
  sendMailAgain,
  sendTestMail,
  updateMailPreferences,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { Session } from '../shared/api/session';

const LOOK_MS = 2_000;

/** State of mail, and the outbox: one's own, or everybody's for administrators. */
@Injectable()
export class MailStore {
  private readonly session = inject(Session);
  readonly isAdmin = computed(() => this.session.user()?.isAdmin === true);
  readonly hasAddress = computed(() => (this.session.user()?.email ?? null) !== null);
  readonly of = signal<'me' | 'everybody'>('me');
  readonly settings = resource({
    params: () => this.session.user()?.id,
    loader: ({ abortSignal }) => call(getMailSettings({ signal: abortSignal })),
  });
  readonly outbox = pages({
    params: () => (this.session.user() ? this.of() : undefined),
    load: (of, page, signal) => call(listMails({ query: { ...page, of }, signal })),
  });
  readonly openId = signal<string | undefined>(undefined);
  readonly open = resource({
    params: () => this.openId(),
    loader: ({ params, abortSignal }) => call(getMail({ path: { mailId: params }, signal: abortSignal })),
  });

  constructor() {
    // A mail on its way is looked after until it has arrived somewhere.
    effect((onCleanup) => {
      if (!this.outbox.items().some((mail) => mail.status === 'queued')) return;
      const timer = setTimeout(() => this.reload(), LOOK_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  async test(): Promise<void> {
    await call(sendTestMail());
    this.of.set('me');
    this.reload();
  }

  async sendAgain(mailId: string): Promise<void> {
    await call(sendMailAgain({ path: { mailId } }));
    this.reload();
  }

  private reload(): void {
    this.outbox.source.reload();
    this.settings.reload();
  }
}

/** Which mails the reader gets. */
@Injectable()
export class MailPreferencesStore {
  private readonly session = inject(Session);
  readonly preferences = resource({
    params: () => this.session.user()?.id,
    loader: ({ abortSignal }) => call(getMailPreferences({ signal: abortSignal })),
  });

  async change(body: UpdateMailPreferencesRequest): Promise<void> {
    this.preferences.set(await call(updateMailPreferences({ body })));
  }
}
