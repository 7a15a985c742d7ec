import { Component, provideZonelessChangeDetection, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { ApiProblem } from '../api/problem';
import { formErrors, numberError } from './form-errors';

describe('numberError', () => {
  it('says what would be right', () => {
    expect(numberError('0', { min: 1, max: 3650 })).toBe('A whole number from 1 to 3,650.');
    expect(numberError('1.5', { min: 1 })).toBe('A whole number 1 or more.');
    expect(numberError('101', { min: 0, max: 100, fractions: true, optional: true })).toBe(
      'A number from 0 to 100, or nothing.',
    );
  });

  it('takes what is right, and nothing where nothing is an answer', () => {
    expect(numberError('3650', { min: 1, max: 3650 })).toBeUndefined();
    expect(numberError('0.5', { min: 0, fractions: true })).toBeUndefined();
    expect(numberError(' ', { min: 1, optional: true })).toBeUndefined();
    expect(numberError(' ', { min: 1 })).toBeDefined();
  });
});

@Component({
  template: `
    <input id="rate" [attr.aria-invalid]="errors.shown().rate ? 'true' : null" />
    <input id="days" [attr.aria-invalid]="errors.shown().days ? 'true' : null" />
  `,
})
class Host {
  readonly rate = signal('');
  readonly days = signal('');
  readonly refusal = signal<ApiProblem | undefined>(undefined);
  readonly errors = formErrors({
    fields: ['rate', 'days'],
    own: () => ({ rate: numberError(this.rate(), { min: 1 }), days: numberError(this.days(), { min: 1 }) }),
    refused: this.refusal,
  });
}

describe('the errors of a form', () => {
  function form() {
    TestBed.configureTestingModule({ providers: [provideZonelessChangeDetection()] });
    const fixture = TestBed.createComponent(Host);
    document.body.append(fixture.nativeElement as HTMLElement);
    return { fixture, host: fixture.componentInstance };
  }
  const refusal = (pointer: string) =>
    new ApiProblem({
      code: 'invalid-request',
      status: 400,
      title: 'No',
      detail: 'No',
      errors: [{ pointer, detail: 'too much' }],
    });

  it('wait until a field was left', () => {
    const { host } = form();
    expect(host.errors.shown().rate).toBeUndefined();
    host.errors.left('rate');
    expect(host.errors.shown().rate).toBeDefined();
    expect(host.errors.shown().days).toBeUndefined();
  });

  it('are all shown when the form is sent, with the focus on the first', async () => {
    const { fixture, host } = form();
    host.rate.set('5');
    expect(host.errors.check()).toBe(false);
    expect(host.errors.shown()).toEqual({ rate: undefined, days: 'A whole number 1 or more.' });
    await fixture.whenStable();
    await new Promise((resolve) => setTimeout(resolve));
    expect(document.activeElement?.id).toBe('days');
  });

  it('let a form through that has none', () => {
    const { host } = form();
    host.rate.set('5');
    host.days.set('7');
    expect(host.errors.check()).toBe(true);
  });

  it('take in what the server says of a field, also of a part of it; the rest is shown as a whole', () => {
    const { host } = form();
    host.refusal.set(refusal('#/days/0'));
    expect(host.errors.shown().days).toBe('too much');
    expect(host.errors.rest()).toBeUndefined();
    host.refusal.set(refusal('#/other'));
    expect(host.errors.shown().days).toBeUndefined();
    expect(host.errors.rest()).toBeDefined();
  });
});
