import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { MatDialog } from '@angular/material/dialog';
import { Subject } from 'rxjs';
import { Confirm } from './confirm';
import { Dialogs } from './dialogs';

describe('a question', () => {
  function opener() {
    const closed: Subject<unknown>[] = [];
    const closing: Subject<unknown>[] = [];
    const open = () => {
      const end = new Subject<unknown>();
      const beginning = new Subject<unknown>();
      closed.push(end);
      closing.push(beginning);
      return { afterClosed: () => end, beforeClosed: () => beginning };
    };
    TestBed.configureTestingModule({
      providers: [provideZonelessChangeDetection(), { provide: MatDialog, useValue: { open } }],
    });
    return { confirm: TestBed.inject(Confirm), dialogs: TestBed.inject(Dialogs), closed, closing };
  }
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  const request = { title: 'Switch?', text: 'It takes over.', action: 'Switch' };

  it('is asked once when its button is clicked twice, and answered once', async () => {
    const { confirm, closed } = opener();
    const first = confirm.ask(request);
    const second = confirm.ask(request);
    expect(await second).toBe(false);
    await settled();
    expect(closed).toHaveLength(1);
    closed[0]?.next(true);
    expect(await first).toBe(true);
  });

  it('can be asked again after it was answered', async () => {
    const { confirm, closed } = opener();
    const first = confirm.ask(request);
    while (closed.length === 0) await settled();
    closed[0]?.next(undefined);
    expect(await first).toBe(false);
    void confirm.ask(request);
    while (closed.length === 1) await settled();
    expect(closed).toHaveLength(2);
  });

  it('opens when another one is open, and both are answered', async () => {
    const { confirm, closed } = opener();
    const first = confirm.ask(request);
    const other = confirm.ask({ ...request, title: 'Delete?' });
    while (closed.length < 2) await settled();
    closed[1]?.next(true);
    expect(await other).toBe(true);
    closed[0]?.next(undefined);
    expect(await first).toBe(false);
  });

  it('can be asked again while its answer is on the way out', async () => {
    const { confirm, closed, closing } = opener();
    void confirm.ask(request);
    while (closed.length === 0) await settled();
    closing[0]?.next(undefined);
    void confirm.ask(request);
    while (closed.length === 1) await settled();
    expect(closed).toHaveLength(2);
  });

  it('is one and the same with what it would do made anew, and another one about another thing', async () => {
    class Sheet {}
    const { dialogs, closed } = opener();
    const about = (id: string) => ({ data: { run: { id, columns: ['a'] }, perform: () => id } });
    void dialogs.open(Sheet, about('run-1'));
    expect(await dialogs.open(Sheet, about('run-1'))).toBeUndefined();
    void dialogs.open(Sheet, about('run-2'));
    while (closed.length < 2) await settled();
    expect(closed).toHaveLength(2);
  });
});
