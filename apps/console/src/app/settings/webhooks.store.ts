import { Injectable, computed, effect, inject, signal } from '@angular/core';
import {
  type CreateWebhookRequest,
  type UpdateWebhookRequest,
  type Webhook,
  type WebhookWithSecret,
  createInstallationWebhook,
  createWebhook,
  deleteInstallationWebhook,
  deleteWebhook,
  listInstallationWebhookDeliveries,
  listInstallationWebhooks,
  listWebhookDeliveries,
  listWebhooks,
  redeliverInstallationWebhook,
  redeliverWebhook,
  rotateInstallationWebhookSecret,
  rotateWebhookSecret,
  testInstallationWebhook,
  testWebhook,
  updateInstallationWebhook,
  updateWebhook,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { pages } from '../shared/api/pages';
import { Session } from '../shared/api/session';
import { ProjectsStore } from '../shared/project/projects.store';

export const INSTALLATION = 'installation';
const LOOK_MS = 2_000;

export interface WebhookPlace {
  /** Id of a project, or `installation`. */
  readonly id: string;
  readonly name: string;
}

/** Webhooks of one project or of the installation, with the deliveries of the one that is open. */
@Injectable()
export class WebhooksStore {
  private readonly session = inject(Session);
  private readonly projects = inject(ProjectsStore);
  /** Where the reader manages webhooks. */
  readonly places = computed<readonly WebhookPlace[]>(() => [
    ...(this.projects.projects.hasValue() ? this.projects.projects.value() : []).flatMap((project) =>
      project.role === 'owner' ? [{ id: project.id, name: project.name }] : [],
    ),
    ...(this.session.user()?.isAdmin ? [{ id: INSTALLATION, name: 'The whole installation' }] : []),
  ]);
  readonly wanted = signal<string | undefined>(undefined);
  readonly place = computed(
    () => this.places().find(({ id }) => id === this.wanted())?.id ?? this.places()[0]?.id,
  );
  readonly areLoading = computed(() => this.projects.projects.isLoading());
  private readonly everywhere = computed(() => this.place() === INSTALLATION);

  readonly list = pages({
    params: () => this.place(),
    load: (place, page, signal) =>
      place === INSTALLATION
        ? call(listInstallationWebhooks({ query: page, signal }))
        : call(listWebhooks({ path: { projectId: place }, query: page, signal })),
  });
  readonly openId = signal<string | undefined>(undefined);
  readonly open = computed(() => this.list.items().find(({ id }) => id === this.openId()));
  readonly deliveries = pages({
    params: () => this.open()?.id,
    load: (webhookId, page, signal) =>
      this.everywhere()
        ? call(listInstallationWebhookDeliveries({ path: { webhookId }, query: page, signal }))
        : call(listWebhookDeliveries({ path: { webhookId }, query: page, signal })),
  });

  constructor() {
    // A delivery on its way is looked after until it has arrived or was refused.
    effect((onCleanup) => {
      if (!this.deliveries.items().some((one) => one.status === 'queued')) return;
      const timer = setTimeout(() => this.deliveries.source.reload(), LOOK_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  async create(body: CreateWebhookRequest): Promise<WebhookWithSecret> {
    const projectId = this.place() ?? '';
    const created = await (this.everywhere()
      ? call(createInstallationWebhook({ body }))
      : call(createWebhook({ path: { projectId }, body })));
    this.list.source.reload();
    return created;
  }

  async update({ id: webhookId }: Webhook, body: UpdateWebhookRequest): Promise<void> {
    const request = { path: { webhookId }, body };
    await (this.everywhere() ? call(updateInstallationWebhook(request)) : call(updateWebhook(request)));
    this.list.source.reload();
  }

  async rotate({ id: webhookId }: Webhook): Promise<WebhookWithSecret> {
    const request = { path: { webhookId }, body: {} };
    const rotated = await (this.everywhere()
      ? call(rotateInstallationWebhookSecret(request))
      : call(rotateWebhookSecret(request)));
    this.list.source.reload();
    return rotated;
  }

  async delete({ id: webhookId }: Webhook): Promise<void> {
    const request = { path: { webhookId } };
    await (this.everywhere() ? call(deleteInstallationWebhook(request)) : call(deleteWebhook(request)));
    if (this.openId() === webhookId) this.openId.set(undefined);
    this.list.source.reload();
  }

  async test({ id: webhookId }: Webhook): Promise<void> {
    const request = { path: { webhookId } };
    await (this.everywhere() ? call(testInstallationWebhook(request)) : call(testWebhook(request)));
    this.openId.set(webhookId);
    this.deliveries.source.reload();
  }

  async redeliver(webhookId: string, deliveryId: string): Promise<void> {
    const request = { path: { webhookId, deliveryId } };
    await (this.everywhere() ? call(redeliverInstallationWebhook(request)) : call(redeliverWebhook(request)));
    this.deliveries.source.reload();
  }
}
