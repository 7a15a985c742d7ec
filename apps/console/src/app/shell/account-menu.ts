import { Component, computed, inject } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { Router, RouterLink } from '@angular/router';
import { Session } from '../shared/api/session';
import { Announcer } from '../shared/ui/announcer';
import { Confirm } from '../shared/ui/confirm';
import { Icon } from '../shared/ui/icon';
import { Theme, type ThemeChoice } from '../shared/ui/theme';
import { toProblem } from '../shared/api/problem';

const THEMES: readonly {
  readonly choice: ThemeChoice;
  readonly label: string;
  readonly icon: 'monitor' | 'sun' | 'moon';
}[] = [
  { choice: 'system', label: 'Theme of the system', icon: 'monitor' },
  { choice: 'light', label: 'Light', icon: 'sun' },
  { choice: 'dark', label: 'Dark', icon: 'moon' },
];

@Component({
  selector: 'mw-account-menu',
  imports: [Icon, MatMenu, MatMenuItem, MatMenuTrigger, RouterLink],
  template: `
    <button
      type="button"
      class="face"
      [matMenuTriggerFor]="menu"
      [attr.aria-label]="initials() + ', account of ' + name()"
    >
      {{ initials() }}
    </button>
    <mat-menu #menu xPosition="before">
      <div class="who">
        <strong class="mw-ellipsis">{{ name() }}</strong>
        <span class="mw-small mw-muted mw-ellipsis">{{ mail() }}</span>
      </div>
      <a mat-menu-item routerLink="/settings/account">Account settings</a>
      @for (theme of themes; track theme.choice) {
        <button
          mat-menu-item
          type="button"
          role="menuitemradio"
          [attr.aria-checked]="choice() === theme.choice"
          (click)="chooseTheme(theme.choice)"
        >
          <span class="line">
            <mw-icon [name]="theme.icon" [size]="16" /> {{ theme.label }}
            @if (choice() === theme.choice) {
              <mw-icon class="tick" name="check" [size]="15" />
            }
          </span>
        </button>
      }
      <a mat-menu-item href="/api/docs" target="_blank" rel="noopener">API reference</a>
      <button mat-menu-item type="button" (click)="signOut()">Sign out</button>
      <button mat-menu-item type="button" (click)="signOutEverywhere()">Sign out everywhere</button>
    </mat-menu>
  `,
  styles: `
    .face {
      display: grid;
      place-items: center;
      width: 30px;
      height: 30px;
      margin-left: 4px;
      padding: 0;
      border: 0;
      border-radius: 50%;
      background: var(--mat-sys-tertiary-container);
      color: var(--mat-sys-on-tertiary-container);
      font: 600 12px/1 var(--mw-font);
      cursor: pointer;
    }
    .who {
      display: grid;
      max-width: 280px;
      margin-bottom: 4px;
      padding: 8px 16px 10px;
      border-bottom: 1px solid var(--mat-sys-outline-variant);
    }
    .line {
      display: flex;
      align-items: center;
      gap: 10px;
    }
    .tick {
      margin-left: auto;
    }
  `,
})
export class AccountMenu {
  protected readonly themes = THEMES;
  private readonly session = inject(Session);
  private readonly theme = inject(Theme);
  private readonly router = inject(Router);
  private readonly confirm = inject(Confirm);
  private readonly announcer = inject(Announcer);

  protected readonly choice = this.theme.choice;
  protected readonly mail = computed(() => this.session.user()?.email ?? '');
  protected readonly name = computed(() => this.session.user()?.displayName || this.mail() || 'You');
  protected readonly initials = computed(() =>
    this.name()
      .split(/[\s@.]+/)
      .slice(0, 2)
      .map((part) => part.charAt(0).toUpperCase())
      .join(''),
  );

  protected chooseTheme(choice: ThemeChoice): void {
    this.theme.choose(choice);
  }

  protected async signOut(): Promise<void> {
    await this.leave(() => this.session.signOut());
  }

  protected async signOutEverywhere(): Promise<void> {
    const sure = await this.confirm.ask({
      title: 'Sign out everywhere?',
      text: 'Every browser you are signed in with is signed out, this one too. Access tokens and deployment keys keep working.',
      action: 'Sign out everywhere',
    });
    if (sure) await this.leave(() => this.session.signOutEverywhere());
  }

  private async leave(end: () => Promise<void>): Promise<void> {
    try {
      await end();
      await this.router.navigate(['/welcome']);
    } catch (error) {
      this.announcer.say(toProblem(error).detail);
    }
  }
}
