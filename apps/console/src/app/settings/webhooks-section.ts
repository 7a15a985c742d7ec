import { Component, effect, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { MatButton } from '@angular/material/button';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { ActivatedRoute, Router } from '@angular/router';
import type { CreateWebhookRequest, Webhook, WebhookWithSecret } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { TimeAgo } from '../shared/format/time-ago';
import { Confirm } from '../shared/ui/confirm';
import { CopyButton } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { SidePanel } from '../shared/ui/side-panel';
import { StatusChip } from '../shared/ui/status-chip';
import { View, ViewContent, ViewEmpty } from '../shared/ui/view';
import { WebhookDeliveries } from './webhook-deliveries';
import { eventWords } from './webhook-events';
import { WebhookForm } from './webhook-form';
import { WebhooksStore } from './webhooks.store';

/** Webhooks of a project or of the installation, their secrets and their delivery logs. */
@Component({
  selector: 'mw-webhooks-section',
  imports: [
    CopyButton,
    EmptyState,
    Icon,
    MatButton,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    ProblemView,
    SidePanel,
    StatusChip,
    TimeAgo,
    View,
    ViewContent,
    ViewEmpty,
    WebhookDeliveries,
    WebhookForm,
  ],
  providers: [WebhooksStore],
  templateUrl: './webhooks-section.html',
  styleUrl: './sections.scss',
})
export class WebhooksSection {
  protected readonly eventWords = eventWords;
  protected readonly store = inject(WebhooksStore);
  private readonly confirm = inject(Confirm);
  private readonly router = inject(Router);
  private readonly route = inject(ActivatedRoute);
  private readonly query = toSignal(this.route.queryParamMap, {
    initialValue: this.route.snapshot.queryParamMap,
  });
  /** The webhook in the form; `new` for one to be made. */
  protected readonly edited = signal<Webhook | 'new' | undefined>(undefined);
  protected readonly fresh = signal<WebhookWithSecret | undefined>(undefined);
  protected readonly busy = signal(false);
  protected readonly formProblem = signal<ApiProblem | undefined>(undefined);
  protected readonly problem = signal<ApiProblem | undefined>(undefined);

  constructor() {
    effect(() => this.store.wanted.set(this.query().get('p') ?? undefined));
  }

  protected choose(place: string): void {
    this.edited.set(undefined);
    this.fresh.set(undefined);
    this.store.openId.set(undefined);
    void this.router.navigate([], { relativeTo: this.route, queryParams: { p: place }, replaceUrl: true });
  }

  protected formOf(): Webhook | undefined {
    const edited = this.edited();
    return edited === 'new' ? undefined : edited;
  }

  protected async save(request: CreateWebhookRequest): Promise<void> {
    const webhook = this.formOf();
    this.busy.set(true);
    this.formProblem.set(undefined);
    try {
      if (webhook) await this.store.update(webhook, request);
      else this.fresh.set(await this.store.create(request));
      this.edited.set(undefined);
    } catch (error) {
      this.formProblem.set(toProblem(error));
    } finally {
      this.busy.set(false);
    }
  }

  protected test(webhook: Webhook): Promise<void> {
    return this.attempt(() => this.store.test(webhook));
  }

  protected toggle(webhook: Webhook): Promise<void> {
    return this.attempt(() => this.store.update(webhook, { enabled: !webhook.enabled }));
  }

  protected async rotate(webhook: Webhook): Promise<void> {
    const sure = await this.confirm.ask({
      title: `New secret for “${webhook.name}”?`,
      text: 'For 24 hours messages carry a signature of the old secret, too. Give the new one to the receiver in that time.',
      action: 'Make a new secret',
    });
    if (sure) await this.attempt(async () => this.fresh.set(await this.store.rotate(webhook)));
  }

  protected async remove(webhook: Webhook): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete webhook “${webhook.name}”?`,
      text: 'Its delivery log goes with it. This cannot be undone.',
      action: 'Delete webhook',
      destructive: true,
    });
    if (sure) await this.attempt(() => this.store.delete(webhook));
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
