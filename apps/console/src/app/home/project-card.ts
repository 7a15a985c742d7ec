import { Component, computed, inject, input, output, resource } from '@angular/core';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import { type Project, getProjectOverview } from '@modelwright/sdk';
import { ActivityStore, isRunning } from '../shared/activity/activity.store';
import { call } from '../shared/api/call';
import { plural } from '../shared/format/numbers';
import { TimeAgo } from '../shared/format/time-ago';
import { PhaseStrip } from '../shared/project/phase-strip';
import { copyText } from '../shared/ui/copy-button';
import { projectCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';

@Component({
  selector: 'mw-project-card',
  imports: [Icon, MatMenu, MatMenuItem, MatMenuTrigger, PhaseStrip, RouterLink, StatusChip, TimeAgo],
  host: { class: 'mw-card' },
  template: `
    <div class="head">
      <h2 class="mw-ellipsis">
        <a [routerLink]="['/p', project().id]">{{ project().name }}</a>
      </h2>
      <button
        type="button"
        class="mw-icon-button"
        [matMenuTriggerFor]="menu"
        [attr.aria-label]="'Actions for ' + project().name"
      >
        <mw-icon name="more" />
      </button>
      <mat-menu #menu xPosition="before">
        <a mat-menu-item [routerLink]="['/p', project().id]">Open</a>
        @if (project().role === 'owner') {
          <button mat-menu-item type="button" (click)="renameAsked.emit()">Rename</button>
        }
        <button mat-menu-item type="button" (click)="copyLink()">Copy link</button>
        <button mat-menu-item type="button" (click)="copyAsCode()">Copy as code</button>
        @if (project().role === 'owner') {
          <button mat-menu-item type="button" (click)="deleteAsked.emit()">Delete</button>
        }
      </mat-menu>
    </div>
    @if (project().description) {
      <p class="mw-muted about">{{ project().description }}</p>
    }
    <mw-phase-strip mini [phases]="phases()" />
    <div class="foot mw-small mw-muted">
      <span>{{ contents() }}</span>
      <mw-time [at]="project().updatedAt" />
    </div>
    @if (running() > 0 || broken() > 0 || needs() > 0) {
      <div class="mw-row chips">
        @if (running() > 0) {
          <mw-status status="running" [label]="running() + ' running'" />
        }
        @if (broken() > 0) {
          <mw-status status="failed" [label]="broken() + ' not serving'" />
        }
        @if (needs() > 0) {
          <mw-status
            status="needs-you"
            [label]="needs() + (needs() === 1 ? ' thing needs you' : ' things need you')"
          />
        }
      </div>
    }
  `,
  styles: `
    :host {
      position: relative;
      display: flex;
      flex-direction: column;
      gap: 10px;
      height: 100%;
      padding: 14px 16px 16px;
      transition: border-color 100ms;
    }
    :host:hover {
      border-color: var(--mat-sys-outline);
    }
    .head {
      display: flex;
      align-items: center;
      gap: 8px;
    }
    h2 {
      flex: 1;
    }
    h2 a {
      color: inherit;
    }
    h2 a::after {
      content: '';
      position: absolute;
      inset: 0;
    }
    .mw-icon-button {
      position: relative;
      z-index: 1;
    }
    .about {
      margin-top: -6px;
    }
    mw-phase-strip {
      margin-top: auto;
      padding-top: 4px;
    }
    .foot {
      display: flex;
      justify-content: space-between;
      gap: 12px;
    }
  `,
})
export class ProjectCard {
  readonly project = input.required<Project>();
  readonly renameAsked = output();
  readonly deleteAsked = output();
  private readonly activity = inject(ActivityStore);
  private readonly code = inject(CopyAsCode);
  private readonly overview = resource({
    params: () => this.project().id,
    loader: ({ params, abortSignal }) =>
      call(getProjectOverview({ path: { projectId: params }, signal: abortSignal })),
  });

  private readonly facts = computed(() => (this.overview.hasValue() ? this.overview.value() : undefined));
  protected readonly phases = computed(() => this.facts()?.phases ?? []);
  protected readonly needs = computed(() => this.facts()?.needsYou.length ?? 0);
  protected readonly broken = computed(() => this.facts()?.counts['deploymentsFailed'] ?? 0);
  protected readonly running = computed(() =>
    this.activity.jobs.hasValue()
      ? this.activity.jobs
          .value()
          .filter((job) => job.projectId === this.project().id && isRunning(job.status)).length
      : 0,
  );
  protected readonly contents = computed(() => {
    const counts = this.facts()?.counts;
    if (!counts) return '';
    const words: readonly (readonly [number | undefined, string])[] = [
      [counts['datasets'], 'dataset'],
      [counts['runs'], 'run'],
      [counts['models'], 'model'],
      [counts['deployments'], 'deployment'],
    ];
    const present = words.flatMap(([count, word]) => (count ? [plural(count, word)] : []));
    return present.length > 0 ? present.join(' · ') : 'Empty so far';
  });

  protected copyAsCode(): Promise<void> {
    return this.code.open('This project as code', projectCode(this.project().id));
  }

  protected copyLink(): void {
    void copyText(new URL(`/p/${this.project().id}`, location.origin).href);
  }
}
