import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { MatDialog } from '@angular/material/dialog';
import { Subject } from 'rxjs';
import { Confirm } from './confirm';

describe('a question', () => {
  function opener() {
    const closed: Subject<unknown>[] = [];
    const open = () => {
      const end = new Subject<unknown>();
      closed.push(end);
      return { afterClosed: () => end };
    };
    TestBed.configureTestingModule({
      providers: [provideZonelessChangeDetection(), { provide: MatDialog, useValue: { open } }],
    });
    return { confirm: TestBed.inject(Confirm), closed };
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
});
