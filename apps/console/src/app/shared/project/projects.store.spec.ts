import { TestBed } from '@angular/core/testing';
import { jest } from '@jest/globals';
import type { Project } from '@modelwright/sdk';
import { provideApiClient } from '../api/api-client';
import { ProjectsStore } from './projects.store';

const made: Project = {
  id: 'project-1',
  name: 'churn',
  description: '',
  memberCount: 1,
  role: 'owner',
  archivedAt: null,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
};
const path = `/api/projects/${made.id}`;
const noneOfIt = { items: [], nextCursor: null };
const oneOfIt = { items: [{}], nextCursor: null };
const overview = { counts: { datasets: 0, runs: 0, models: 0, deployments: 0 }, recent: [] };

describe('a project that was made for a file that did not come', () => {
  const untouched = {
    [path]: made,
    [`${path}/overview`]: overview,
    [`${path}/experiment-runs`]: noneOfIt,
    [`${path}/model-imports`]: noneOfIt,
    [`${path}/webhooks`]: noneOfIt,
  };
  let deleted: string[];
  let answers: Record<string, unknown>;

  beforeEach(() => {
    deleted = [];
    answers = { ...untouched };
    jest.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
      const request = input instanceof Request ? input : new Request(input);
      const { pathname, searchParams } = new URL(request.url);
      if (request.method === 'DELETE') {
        deleted.push(`${pathname} ${searchParams.get('confirm')}`);
        return Promise.resolve(new Response(null, { status: 204 }));
      }
      const body = answers[pathname];
      return Promise.resolve(
        new Response(JSON.stringify(body ?? { title: 'Broken' }), {
          status: body ? 200 : 500,
          headers: { 'content-type': 'application/json' },
        }),
      );
    });
    TestBed.configureTestingModule({ providers: [provideApiClient()] });
  });
  const deleteIfEmpty = (): Promise<boolean> => TestBed.inject(ProjectsStore).deleteIfEmpty(made);

  it('goes when it holds nothing at all', async () => {
    expect(await deleteIfEmpty()).toBe(true);
    expect(deleted).toEqual([`${path} churn`]);
  });

  it.each([
    ['a dataset', 'overview', { ...overview, counts: { ...overview.counts, datasets: 1 } }],
    ['a run whose dataset is gone', 'overview', { ...overview, counts: { ...overview.counts, runs: 1 } }],
    ['an imported model', 'overview', { ...overview, counts: { ...overview.counts, models: 1 } }],
    ['anything that changed lately', 'overview', { ...overview, recent: [{ name: 'churn' }] }],
    ['a run that was logged from outside', 'experiment-runs', oneOfIt],
    ['a model on its way in', 'model-imports', oneOfIt],
    ['a webhook', 'webhooks', oneOfIt],
  ])('stays when it holds %s', async (_what, part, body) => {
    answers[`${path}/${part}`] = body;
    expect(await deleteIfEmpty()).toBe(false);
    expect(deleted).toEqual([]);
  });

  it.each([
    ['others are in it', { memberCount: 2 }],
    ['it got another name', { name: 'Churn 2026' }],
    ['it was described', { description: 'Who leaves us' }],
  ])('stays when %s', async (_what, change) => {
    answers[path] = { ...made, ...change };
    expect(await deleteIfEmpty()).toBe(false);
    expect(deleted).toEqual([]);
  });

  it('stays when nobody can tell what it holds', async () => {
    delete answers[`${path}/overview`];
    await expect(deleteIfEmpty()).rejects.toThrow('Broken');
    expect(deleted).toEqual([]);
  });
});
