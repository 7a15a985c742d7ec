import { DestroyRef, provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Keyboard } from './keyboard';

describe('Keyboard', () => {
  let keyboard: Keyboard;
  const done: string[] = [];
  const shortcut = (keys: string) => ({
    keys,
    description: keys,
    group: 'Test',
    run: () => void done.push(keys),
  });

  beforeEach(() => {
    done.length = 0;
    TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
    keyboard = TestBed.inject(Keyboard);
    keyboard.singleKeys.set('on');
    keyboard.use(
      [shortcut('g d'), shortcut('d'), shortcut('mod+k'), shortcut('?')],
      TestBed.inject(DestroyRef),
    );
  });

  const press = (key: string, options: KeyboardEventInit = {}, target: EventTarget = document.body): void => {
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options }));
  };

  it('runs a single letter and a sequence', () => {
    press('d');
    press('g');
    press('d');
    expect(done).toEqual(['d', 'g d']);
  });

  it('never acts on a letter that is being typed', () => {
    const field = document.createElement('input');
    document.body.append(field);
    press('d', {}, field);
    press('?', { shiftKey: true }, field);
    expect(done).toEqual([]);
    field.remove();
  });

  it('still opens the palette from inside a field', () => {
    const field = document.createElement('input');
    document.body.append(field);
    press('k', { ctrlKey: true }, field);
    expect(done).toEqual(['mod+k']);
    field.remove();
  });

  it('leaves single letters alone when they are switched off', () => {
    keyboard.singleKeys.set('off');
    press('d');
    press('k', { metaKey: true });
    expect(done).toEqual(['mod+k']);
  });
});
