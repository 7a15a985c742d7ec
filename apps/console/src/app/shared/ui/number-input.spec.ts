import { Component, provideZonelessChangeDetection, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { NumberInput } from './number-input';

@Component({
  imports: [NumberInput],
  template: `<input [mwNumber]="value() ?? 5" (numberTyped)="value.set($event)" />`,
})
class Host {
  readonly value = signal<number | undefined>(undefined);
}

describe('the control for a number', () => {
  async function control() {
    TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
    const fixture = TestBed.createComponent(Host);
    const host = fixture.nativeElement as HTMLElement;
    document.body.append(host);
    await fixture.whenStable();
    const input = host.querySelector('input');
    if (!input) throw new Error('There is no control.');
    const type = async (text: string): Promise<void> => {
      input.focus();
      input.value = text;
      input.dispatchEvent(new Event('input'));
      await fixture.whenStable();
    };
    return { host: fixture.componentInstance, input, type };
  }

  it('tells an impossible value and leaves it where it was typed', async () => {
    const { host, input, type } = await control();
    await type('-3');
    expect(host.value()).toBe(-3);
    input.blur();
    expect(input.value).toBe('-3');
  });

  it('does not write the default into a control that is being emptied, only when it is left', async () => {
    const { host, input, type } = await control();
    await type('');
    expect(host.value()).toBeUndefined();
    expect(input.value).toBe('');
    input.blur();
    expect(input.value).toBe('5');
  });
});
