import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import type { Project } from '@modelwright/sdk';
import { ImportsStore } from './imports.store';

describe('a file that is discarded', () => {
  const made = { id: 'project-1', name: 'churn' } as Partial<Project> as Project;
  const file = new File([], 'churn.csv');

  function imports(): ImportsStore {
    TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
    return TestBed.inject(ImportsStore);
  }

  it('names the project that was made for it, so that none is left behind', () => {
    const store = imports();
    store.add([{ file, projectId: made.id, madeProject: made }]);
    expect(store.discard()).toBe(made);
    expect(store.draft()).toBeUndefined();
  });

  it('leaves a project alone that was there before', () => {
    const store = imports();
    store.add([{ file, projectId: made.id }]);
    expect(store.discard()).toBeUndefined();
  });

  it('names the project only with the last file that waits for it', () => {
    const store = imports();
    store.add([
      { file, projectId: made.id, madeProject: made },
      { file, projectId: 'project-2' },
      { file, projectId: made.id },
    ]);
    expect(store.discard()).toBeUndefined();
    expect(store.discard()).toBeUndefined();
    expect(store.discard()).toBe(made);
  });
});
