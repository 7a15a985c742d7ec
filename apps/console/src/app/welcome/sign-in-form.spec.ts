import { provideZonelessChangeDetection } from '@angular/core';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { ApiProblem } from '../shared/api/problem';
import { Session } from '../shared/api/session';
import { SignInForm } from './sign-in-form';

describe('SignInForm', () => {
  let fixture: ComponentFixture<SignInForm>;
  let attempts: (readonly [string, string])[];
  let refusal: ApiProblem | undefined;

  beforeEach(async () => {
    attempts = [];
    refusal = undefined;
    const session = {
      expired: () => false,
      signIn: (email: string, password: string) => {
        attempts.push([email, password]);
        return refusal ? Promise.reject(refusal) : Promise.resolve();
      },
    };
    TestBed.configureTestingModule({
      providers: [provideZonelessChangeDetection(), { provide: Session, useValue: session }],
    });
    fixture = TestBed.createComponent(SignInForm);
    await fixture.whenStable();
  });

  const root = (): HTMLElement => fixture.nativeElement as HTMLElement;
  const fill = async (email: string, password: string): Promise<void> => {
    const inputs = root().querySelectorAll('input');
    if (inputs[0]) inputs[0].value = email;
    if (inputs[1]) inputs[1].value = password;
    root()
      .querySelector('form')
      ?.dispatchEvent(new Event('submit', { cancelable: true }));
    await fixture.whenStable();
  };

  it('signs in with what was typed', async () => {
    let entered = 0;
    fixture.componentInstance.signedIn.subscribe(() => (entered += 1));
    await fill(' ana@example.org ', 'a long sentence');
    expect(attempts).toEqual([['ana@example.org', 'a long sentence']]);
    expect(entered).toBe(1);
  });

  it('asks for what is missing before it asks the server', async () => {
    await fill('ana@example.org', '');
    expect(attempts).toEqual([]);
    expect(root().textContent).toContain('Enter your password.');
    expect(document.activeElement).toBe(root().querySelectorAll('input')[1]);
  });

  it("says the server's reason and keeps what was typed", async () => {
    refusal = new ApiProblem({
      code: 'invalid-credentials',
      status: 401,
      title: 'E-mail or password is wrong',
      detail: 'Check both and try again.',
    });
    await fill('ana@example.org', 'wrong');
    expect(root().textContent).toContain('E-mail or password is wrong');
    expect(root().querySelectorAll('input')[0]?.value).toBe('ana@example.org');
  });

  it('explains a used link with the command that prints a new one', async () => {
    fixture.componentRef.setInput(
      'linkProblem',
      new ApiProblem({
        code: 'link-invalid',
        status: 401,
        title: 'The sign-in link is not valid',
        detail: 'Used.',
      }),
    );
    await fixture.whenStable();
    expect(root().textContent).toContain('This link does not work any more');
    expect(root().textContent).toContain('npm run link');
  });
});
