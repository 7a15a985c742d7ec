import { describe, expect, it, jest } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { Outbox } from '../../mail/outbox.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { DomainEvents } from '../../platform/events/domain-events.js';
import { RunHistory } from '../../training/run-history.js';
import { WebhookDeliveries } from '../../webhooks/webhook-deliveries.js';
import { RunTeller } from './run-teller.js';
import { ToldFacts } from './told-facts.js';

const DAY_MS = 24 * 3_600_000;

/** Keys of what is told about a run that was renamed just now, when nothing is known to have been told. */
async function toldOf(finishedDaysAgo: number): Promise<string[]> {
  const finishedAt = new Date(Date.now() - finishedDaysAgo * DAY_MS);
  const run = { id: 'r', status: 'cancelled', finishedAt, updatedAt: new Date() };
  const mark = { id: 'r', projectId: 'p', updatedAt: run.updatedAt };
  const once = jest.fn<(key: string) => Promise<void>>().mockResolvedValue();
  const nothing = { useValue: {} };
  const module = await Test.createTestingModule({
    providers: [
      RunTeller,
      {
        provide: RunHistory,
        useValue: { changedSince: () => Promise.resolve([mark]), describe: () => Promise.resolve(run) },
      },
      {
        provide: ToldFacts,
        useValue: { untold: (keys: string[]) => Promise.resolve(new Set(keys)), once },
      },
      { provide: Outbox, ...nothing },
      { provide: WebhookDeliveries, ...nothing },
      { provide: DomainEvents, ...nothing },
      { provide: AppConfig, useValue: { http: { publicUrl: 'https://models.example.test' } } },
    ],
  }).compile();
  await module.get(RunTeller).catchUp();
  return once.mock.calls.map(([key]) => key);
}

describe('the end of a run', () => {
  it('is news', async () => {
    expect(await toldOf(1)).toEqual(['run.cancelled:r']);
  });

  it('is none after a month, when it may be forgotten that it was told', async () => {
    expect(await toldOf(29.5)).toEqual([]);
  });
});
