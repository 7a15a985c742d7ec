import { Component, computed, inject, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router, RouterLink } from '@angular/router';
import { toProblem } from '../shared/api/problem';
import { Session } from '../shared/api/session';
import { ImportsStore } from '../shared/imports/imports.store';
import { ProjectsStore } from '../shared/project/projects.store';
import { SamplesStore } from '../shared/project/samples.store';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';

/** The first decision: a sample, an own file, or just looking around. */
@Component({
  selector: 'mw-start-options',
  imports: [Icon, MatButton, ProblemView, RouterLink],
  template: `
    <div class="mw-stack-tight">
      <h1>{{ greeting() }}</h1>
      <p class="mw-muted">From a table to an endpoint that answers takes about four minutes.</p>
    </div>
    <button type="button" class="option first" [disabled]="busy() || !sample()" (click)="startWithSample()">
      <mw-icon [name]="busy() ? 'running' : 'sample'" [spin]="busy()" [size]="22" />
      <span class="words">
        <strong>Start with sample data</strong>
        <span>{{ sample()?.description ?? 'A small table with a clear question' }}</span>
      </span>
      <mw-icon name="arrow-right" />
    </button>
    <button type="button" class="option" [disabled]="busy()" (click)="picker.click()">
      <mw-icon name="upload" [size]="22" />
      <span class="words">
        <strong>Upload a file</strong>
        <span class="mw-muted">CSV or TSV with a header. You see how it is read first.</span>
      </span>
      <mw-icon name="arrow-right" />
    </button>
    <input
      #picker
      class="visually-hidden"
      type="file"
      tabindex="-1"
      accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values"
      aria-label="File to upload"
      (change)="upload(picker.files)"
    />
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <div class="mw-row">
      <button type="button" matButton="text" (click)="entered.emit()">Go to your projects</button>
      @if (needsPassword()) {
        <a matButton="text" routerLink="/settings/account">Set a password</a>
      }
    </div>
    @if (needsPassword()) {
      <p class="mw-small mw-muted">
        @if (isAdmin()) {
          Without a password you sign in with links from <code>npm run link</code>. You need one to invite
          others.
        } @else {
          Set a password now: it is how you sign in the next time. The link that brought you here works once.
        }
      </p>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 14px;
    }
    h1 {
      font-size: 28px;
      line-height: 36px;
      letter-spacing: -0.02em;
    }
    .mw-stack-tight {
      margin-bottom: 10px;
    }
    .option {
      display: flex;
      align-items: center;
      gap: 16px;
      padding: 18px 20px;
      border: 1px solid var(--mat-sys-outline-variant);
      border-radius: var(--mw-radius-large);
      background: var(--mat-sys-surface);
      color: var(--mat-sys-on-surface);
      font: inherit;
      text-align: left;
      cursor: pointer;
      transition: border-color 100ms;
    }
    .option:hover:not(:disabled) {
      border-color: var(--mat-sys-primary);
    }
    .option:disabled {
      cursor: default;
    }
    .words {
      display: grid;
      flex: 1;
      gap: 2px;
      min-width: 0;
    }
    strong {
      font-size: 16px;
      font-weight: 600;
      line-height: 24px;
    }
    .first {
      padding-block: 24px;
      border-color: transparent;
      background: var(--mat-sys-primary);
      color: var(--mat-sys-on-primary);
    }
    .mw-row {
      margin-left: -10px;
    }
  `,
})
export class StartOptions {
  readonly entered = output();
  private readonly session = inject(Session);
  private readonly samples = inject(SamplesStore);
  private readonly projects = inject(ProjectsStore);
  private readonly imports = inject(ImportsStore);
  private readonly router = inject(Router);
  private readonly uploading = signal(false);
  private readonly failure = signal<unknown>(undefined);

  protected readonly busy = computed(() => this.uploading() || this.samples.creating() !== undefined);
  protected readonly problem = computed(
    () => this.failure() ?? this.samples.problem() ?? this.samples.samples.error(),
  );
  protected readonly sample = computed(() =>
    this.samples.samples.hasValue() ? this.samples.samples.value()[0] : undefined,
  );
  protected readonly needsPassword = computed(() => this.session.user()?.hasPassword === false);
  protected readonly isAdmin = computed(() => this.session.user()?.isAdmin === true);
  protected readonly greeting = computed(() =>
    this.needsPassword() ? 'You are signed in' : `Welcome back, ${this.session.user()?.displayName ?? ''}`,
  );

  protected startWithSample(): void {
    const sample = this.sample();
    if (sample) void this.samples.start(sample);
  }

  protected async upload(files: FileList | null): Promise<void> {
    const file = files?.[0];
    if (!file) return;
    this.uploading.set(true);
    this.failure.set(undefined);
    try {
      const project = await this.projects.create(
        file.name.replace(/\.[^.]+$/, '').slice(0, 80) || 'New project',
      );
      this.imports.add([{ file, projectId: project.id, madeProject: project }]);
      await this.router.navigate(['/p', project.id, 'data']);
    } catch (error) {
      this.failure.set(toProblem(error));
    } finally {
      this.uploading.set(false);
    }
  }
}
