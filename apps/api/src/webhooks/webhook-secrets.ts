import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import { seal, unseal } from '../platform/secrets/sealed-value.js';
import { derivedSecret, newSecret } from './signature.js';
import type { WebhookRow } from './webhooks.repository.js';

/** Signing secrets: made, sealed for storing, opened for signing. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly config: AppConfig) {}

  /** @param seed when the request may be repeated: the same seed makes the same secret */
  make(webhookId: string, seed: string | undefined): string {
    return seed === undefined
      ? newSecret()
      : derivedSecret(this.config.auth.jwtSecret, `${webhookId} ${seed}`);
  }

  sealed(webhookId: string, secret: string): Buffer {
    return seal(this.config.auth.jwtSecret, ownerOf(webhookId), secret);
  }

  /** Newest first. @throws SealBroken */
  current(webhook: WebhookRow, now: Date): readonly string[] {
    const { previousSecret, previousSecretUntil } = webhook;
    const overlaps = previousSecret !== null && previousSecretUntil !== null && previousSecretUntil > now;
    const sealed = overlaps ? [webhook.secret, previousSecret] : [webhook.secret];
    return sealed.map((one) => unseal(this.config.auth.jwtSecret, ownerOf(webhook.id), one));
  }
}

const ownerOf = (webhookId: string): string => `webhook|${webhookId}|secret`;
