import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import { CompiledFormLine } from '../shared/compiled/compiled-form-line';
import { ProjectContext } from '../shared/project/project-context';
import { TimeAgo } from '../shared/format/time-ago';
import { CopyButton } from '../shared/ui/copy-button';
import { Icon } from '../shared/ui/icon';
import type { IconName } from '../shared/ui/icons';
import { minutesText } from './alert-words';
import { DeploymentStore } from './deployment.store';
import { trafficText } from './version-words';

const PROBE_ICONS: Readonly<Record<string, IconName>> = {
  pending: 'circle',
  running: 'running',
  done: 'check-circle',
  failed: 'cross-circle',
};

/** The address to call, and how the deployment is: the steps of its start, or why it does not answer. */
@Component({
  selector: 'mw-deployment-head',
  imports: [CompiledFormLine, CopyButton, Icon, MatButton, RouterLink, TimeAgo],
  template: `
    @if (store.current(); as deployment) {
      <div class="url">
        <span class="verb">POST</span>
        <code class="mw-ellipsis" [title]="deployment.predictUrl">{{ deployment.predictUrl }}</code>
        <mw-copy [text]="deployment.predictUrl" label="Copy address" />
      </div>
      <p class="path mw-muted mw-small">
        @if (deployment.servingPath === 'compiled') {
          <mw-icon name="check-circle" [size]="14" />
          <span>
            Compiled: answered inside the API, without waiting for a container.
            @if (deployment.containerState === 'on-demand') {
              The container is started when something needs it.
            }
          </span>
        } @else {
          <mw-icon name="info" [size]="14" />
          <span>Answered by its container. {{ deployment.servingReason }}</span>
        }
      </p>
      @if (deployment.servingPath === 'container') {
        <mw-compiled-form-line [modelVersionId]="deployment.modelVersionId" />
      }
      @if (traffic(); as sentence) {
        <p class="path mw-small" role="status"><mw-icon name="models" [size]="14" /> {{ sentence }}</p>
      }
      @if (project.canEdit() && deployment.keysExpiringSoon > 0 && deployment.authMode !== 'workspace') {
        <p class="mw-banner warning" role="status">
          <mw-icon name="key" [size]="16" />
          <span class="mw-grow">
            {{
              deployment.keysExpiringSoon === 1
                ? 'A key ends within two weeks.'
                : deployment.keysExpiringSoon + ' keys end within two weeks.'
            }}
            Rotate in time, so that callers can change over without a gap.
          </span>
          <a matButton="tonal" [routerLink]="[]" [queryParams]="{ tab: 'keys' }" queryParamsHandling="merge">
            Show keys
          </a>
        </p>
      }
      @if (showsSteps()) {
        <section class="mw-card mw-card-body mw-stack" aria-labelledby="start-steps">
          <h2 id="start-steps">
            {{ deployment.observedState === 'failed' ? 'The start failed' : 'Starting the model server' }}
          </h2>
          <ol class="steps" aria-live="polite">
            @for (probe of probes(); track probe.step) {
              <li [class]="probe.status">
                <mw-icon [name]="probe.icon" [size]="16" [spin]="probe.status === 'running'" />
                <span
                  >{{ probe.step }}<span class="visually-hidden">: {{ probe.status }}</span></span
                >
                @if (probe.detail) {
                  <span class="mw-muted mw-small">{{ probe.detail }}</span>
                }
              </li>
            }
          </ol>
          @if (deployment.observedState === 'failed') {
            @if (deployment.failureReason; as reason) {
              <p class="reason">{{ reason }}</p>
            }
            @if (deployment.nextAttemptAt; as at) {
              <p class="mw-muted">It is tried again by itself <mw-time [at]="at" />.</p>
            }
            @if (deployment.lastLogLines.length > 0) {
              <pre tabindex="0" aria-label="Last lines of the log">{{ lastLines() }}</pre>
            }
            @if (project.canEdit()) {
              <div>
                <button type="button" matButton="filled" [disabled]="store.isBusy()" (click)="store.start()">
                  <mw-icon name="play" [size]="15" /> Start again
                </button>
              </div>
            }
          }
        </section>
      } @else if (deployment.observedState === 'unhealthy') {
        <p class="mw-banner warning" role="status">
          <mw-icon name="warning" [size]="16" />
          <span class="mw-grow">
            The model server does not answer. {{ deployment.failureReason }}
            @if (deployment.nextAttemptAt) {
              It is started again by itself.
            }
            @if (deployment.servingPath === 'compiled') {
              Predictions are still answered, inside the API.
            }
          </span>
        </p>
      } @else if (deployment.observedState === 'idle') {
        <p class="mw-banner" role="status">
          <mw-icon name="moon" [size]="16" />
          <span
            >Asleep: nobody called for {{ idleTime() }}, so its container was stopped. The next call starts it
            and waits for it, 20 s at most.</span
          >
        </p>
      } @else if (deployment.observedState === 'stopped') {
        <p class="mw-banner" role="status">
          <mw-icon name="stop" [size]="16" />
          <span class="mw-grow">Stopped. Calls are answered with 409, “not ready”, until it is started.</span>
          @if (project.canEdit()) {
            <button type="button" matButton="tonal" [disabled]="store.isBusy()" (click)="store.start()">
              Start deployment
            </button>
          }
        </p>
      }
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .url {
      display: flex;
      align-items: center;
      gap: 8px;
      width: fit-content;
      max-width: 100%;
      padding: 3px 4px 3px 8px;
      border: 1px solid var(--mat-sys-outline-variant);
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface);
    }
    .path {
      display: flex;
      align-items: center;
      gap: 6px;
      margin: -8px 0 0;
    }
    .verb {
      padding: 0 6px;
      border-radius: 4px;
      background: var(--mw-success-soft);
      color: var(--mw-success);
      font: 600 12px/18px var(--mw-mono);
    }
    .steps {
      display: grid;
      gap: 8px;
    }
    .steps li {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 8px;
    }
    .pending {
      color: var(--mat-sys-on-surface-variant);
    }
    .running mw-icon {
      color: var(--mw-info);
    }
    .done mw-icon {
      color: var(--mw-success);
    }
    .failed mw-icon,
    .reason {
      color: var(--mat-sys-error);
    }
    pre {
      max-height: 220px;
      margin: 0;
      padding: 12px;
      overflow: auto;
      border-radius: var(--mw-radius);
      background: var(--mat-sys-surface-container-high);
      line-height: 18px;
      overflow-wrap: anywhere;
      white-space: pre-wrap;
    }
  `,
})
export class DeploymentHead {
  protected readonly store = inject(DeploymentStore);
  protected readonly project = inject(ProjectContext);
  protected readonly idleTime = computed(() => minutesText(this.store.current()?.idleAfterMinutes ?? 0));
  protected readonly traffic = computed(() => trafficText(this.store.current()?.traffic ?? []));
  protected readonly showsSteps = computed(() => {
    const state = this.store.state();
    return state === 'starting' || state === 'failed';
  });
  protected readonly probes = computed(() =>
    (this.store.current()?.probes ?? []).map((probe) => ({
      ...probe,
      icon: PROBE_ICONS[probe.status] ?? 'circle',
    })),
  );
  protected readonly lastLines = computed(() => this.store.current()?.lastLogLines.join('\n') ?? '');
}
