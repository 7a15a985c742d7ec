import { Component, booleanAttribute, computed, input } from '@angular/core';
import { MatTooltip } from '@angular/material/tooltip';
import { RouterLink } from '@angular/router';
import { Icon } from '../ui/icon';
import { statusLook } from '../ui/status';

export interface PhaseState {
  readonly phase: string;
  readonly label: string;
  readonly state: string;
  readonly count: number;
  readonly detail?: string | null;
}

/** Where a phase is worked on. */
const SCREENS: Readonly<Record<string, readonly string[]>> = {
  upload: ['data'],
  'data-viewer': ['data'],
  training: ['runs'],
  experiments: ['models'],
  deployment: ['deployments'],
};

/** A map of the way, not a wizard: nothing is locked; a phase that cannot start yet says what is missing. */
@Component({
  selector: 'mw-phase-strip',
  imports: [Icon, MatTooltip, RouterLink],
  host: { '[class.thin]': 'thin()', '[class.mini]': 'mini()' },
  template: `
    <ol [attr.aria-label]="mini() ? summary() : 'Phases'">
      @for (phase of steps(); track phase.phase) {
        <li [class]="phase.tone">
          @if (phase.link && !mini()) {
            <a [routerLink]="phase.link" [matTooltip]="phase.tooltip">
              <mw-icon [name]="phase.icon" [size]="thin() ? 13 : 18" [spin]="phase.spin" />
              <span class="name">{{ phase.label }}</span>
              @if (phase.count > 0) {
                <span class="count">{{ phase.count }}</span>
              }
              <span [class]="thin() ? 'visually-hidden' : 'word'">{{ phase.line }}</span>
            </a>
          } @else if (!mini()) {
            <span class="flat" [matTooltip]="phase.tooltip">
              <mw-icon [name]="phase.icon" [size]="thin() ? 13 : 18" />
              <span class="name">{{ phase.label }}</span>
              <span [class]="thin() ? 'visually-hidden' : 'word'">{{ phase.line }}</span>
            </span>
          } @else {
            <span class="visually-hidden">{{ phase.label }}: {{ phase.word }}</span>
          }
        </li>
      }
    </ol>
  `,
  styleUrl: './phase-strip.scss',
})
export class PhaseStrip {
  readonly phases = input.required<readonly PhaseState[]>();
  readonly projectId = input('');
  /** One line of small words. */
  readonly thin = input(false, { transform: booleanAttribute });
  /** Coloured segments only, for cards. */
  readonly mini = input(false, { transform: booleanAttribute });

  protected readonly steps = computed(() =>
    this.phases().map((phase) => {
      const look = statusLook(phase.state);
      const screen = SCREENS[phase.phase];
      return {
        ...phase,
        icon: look.icon,
        tone: `${look.tone} ${phase.state}`,
        word: look.word,
        line: phase.detail ? `${look.word}, ${phase.detail}` : look.word,
        spin: look.spin ?? false,
        link: screen && this.projectId() ? ['/p', this.projectId(), ...screen] : null,
        tooltip: phase.detail ? `${look.word}: ${phase.detail}` : look.word,
      };
    }),
  );
  protected readonly summary = computed(() =>
    this.steps()
      .map((step) => `${step.label} ${step.word}`)
      .join(', '),
  );
}
