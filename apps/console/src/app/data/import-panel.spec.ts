import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router } from '@angular/router';
import { jest } from '@jest/globals';
import type { Project } from '@modelwright/sdk';
import { ImportsStore } from '../shared/imports/imports.store';
import { ProjectContext } from '../shared/project/project-context';
import { ProjectsStore } from '../shared/project/projects.store';
import { ImportPanel } from './import-panel';

describe('a file that is discarded', () => {
  const made = { id: 'project-1', name: 'churn' } as Partial<Project> as Project;
  const file = new File(['a,b'], 'churn.csv');

  async function panel({ open = made.id, empty = true, sending = false }) {
    const navigate = jest.fn(() => Promise.resolve(true));
    const deleteIfEmpty = jest.fn(() => Promise.resolve(empty));
    TestBed.configureTestingModule({
      providers: [
        { provide: ProjectsStore, useValue: { deleteIfEmpty } },
        { provide: ProjectContext, useValue: { id: signal(open) } },
        { provide: Router, useValue: { navigate } },
      ],
    });
    jest.spyOn(globalThis, 'fetch').mockImplementation(() => new Promise<Response>(() => undefined));
    const store = TestBed.inject(ImportsStore);
    store.add([{ file, projectId: made.id, madeProject: made }]);
    if (sending) store.transfer.set({ fileName: file.name, sentBytes: 1, totalBytes: 3, bytesPerSecond: 0 });
    const fixture = TestBed.createComponent(ImportPanel);
    await fixture.whenStable();
    const root = fixture.nativeElement as HTMLElement;
    const press = async (label: string): Promise<void> => {
      [...root.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === label)?.click();
      await new Promise((resolve) => setTimeout(resolve));
    };
    return { press, navigate, deleteIfEmpty };
  }

  it.each([
    ['Discard', false],
    ['Cancel upload', true],
  ])('takes the project that was made for it along by “%s”', async (label, sending) => {
    const { press, navigate, deleteIfEmpty } = await panel({ sending });
    await press(label);
    expect(deleteIfEmpty).toHaveBeenCalledWith(made);
    expect(navigate).toHaveBeenCalledWith(['/']);
  });

  it('does not lead away from another project that is open', async () => {
    const { press, navigate, deleteIfEmpty } = await panel({ open: 'project-2' });
    await press('Discard');
    expect(deleteIfEmpty).toHaveBeenCalledWith(made);
    expect(navigate).not.toHaveBeenCalled();
  });

  it('does not lead away from a project that stays', async () => {
    const { press, navigate } = await panel({ empty: false });
    await press('Discard');
    expect(navigate).not.toHaveBeenCalled();
  });
});
