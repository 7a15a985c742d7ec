import { Component, computed, effect, inject, input, signal } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { Router } from '@angular/router';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Session } from '../shared/api/session';
import { Icon } from '../shared/ui/icon';
import { Logo } from '../shared/ui/logo';
import { ProblemView } from '../shared/ui/problem-view';
import { SignInForm } from './sign-in-form';
import { StartOptions } from './start-options';
import { WelcomePicture } from './welcome-picture';

/** First start and sign in: the printed link signs in by itself, later visits use e-mail and password. */
@Component({
  selector: 'mw-welcome-page',
  imports: [Icon, Logo, ProblemView, SignInForm, StartOptions, WelcomePicture],
  templateUrl: './welcome-page.html',
  styleUrl: './welcome-page.scss',
})
export class WelcomePage {
  /** From the URL: the one-time token of the link, and where to go afterwards. */
  readonly token = input<string>();
  readonly next = input<string>();

  protected readonly session = inject(Session);
  private readonly router = inject(Router);
  protected readonly looking = signal(true);
  protected readonly linkProblem = signal<ApiProblem | undefined>(undefined);
  protected readonly face = computed(() => {
    if (this.looking()) return 'looking';
    if (this.session.signedIn()) return 'start';
    return this.session.problem() ? 'unreachable' : 'sign-in';
  });

  constructor() {
    inject(Title).setTitle('Modelwright');
    effect(() => void this.arrive(this.token()));
  }

  protected retry(): void {
    void this.arrive(undefined);
  }

  protected async enter(): Promise<void> {
    const next = this.next();
    await this.router.navigateByUrl(next?.startsWith('/') && !next.startsWith('//') ? next : '/');
  }

  private async arrive(token: string | undefined): Promise<void> {
    this.looking.set(true);
    if (token) await this.redeem(token);
    else await this.session.restore();
    if (this.session.signedIn() && this.next()) await this.enter();
    this.looking.set(false);
  }

  /** The token works once, so it leaves the address at once: a reload must not try it again. */
  private async redeem(token: string): Promise<void> {
    try {
      await this.session.redeem(token);
    } catch (error) {
      const problem = toProblem(error);
      if (!(await this.session.restore())) this.linkProblem.set(problem);
    }
    await this.router.navigate([], {
      queryParams: { token: null },
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}
