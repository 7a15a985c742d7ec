import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { jest } from '@jest/globals';
import { provideApiClient } from '../shared/api/api-client';
import { ProjectContext } from '../shared/project/project-context';
import { Realtime } from '../shared/realtime/realtime';
import { DeploymentStore } from './deployment.store';
import { VersionsStore } from './versions.store';

describe('a rehearsal that is begun', () => {
  const begun = { id: 'rehearsal-1', status: 'queued' };
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const json = (body: unknown, status: number): Response =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

  /** @param list what the list of rehearsals answers */
  function versions(list: () => Promise<Response>): VersionsStore {
    jest.spyOn(globalThis, 'fetch').mockImplementation((input) => {
      const request = input instanceof Request ? input : new Request(input);
      if (request.method === 'POST') return Promise.resolve(json(begun, 201));
      if (request.url.includes('/rehearsals')) return list();
      return Promise.resolve(json({ title: 'There is nothing here' }, 404));
    });
    TestBed.configureTestingModule({
      providers: [
        provideApiClient(),
        VersionsStore,
        { provide: DeploymentStore, useValue: { id: signal('deployment-1'), current: signal(undefined) } },
        { provide: ProjectContext, useValue: { id: signal('project-1'), canEdit: signal(true) } },
        {
          provide: Realtime,
          useValue: { listen: () => () => undefined, isBehind: signal(false), state: signal('connected') },
        },
      ],
    });
    return TestBed.inject(VersionsStore);
  }

  it('is shown although the earlier ones could not be loaded', async () => {
    const store = versions(() => Promise.resolve(json({ title: 'Broken' }, 500)));
    while (store.rehearsals.status() !== 'error') await settled();
    expect(await store.rehearse('version-2', 100)).toBe(true);
    expect(store.problem()).toBeUndefined();
    expect(store.rehearsal()?.id).toBe(begun.id);
  });

  it('is shown although the earlier ones are still on their way', async () => {
    const store = versions(() => new Promise<Response>(() => undefined));
    while (store.rehearsals.status() !== 'loading') await settled();
    expect(await store.rehearse('version-2', 100)).toBe(true);
    expect(store.isRehearsing()).toBe(true);
  });
});
