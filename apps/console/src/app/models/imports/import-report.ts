import { Component, computed, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { RouterLink } from '@angular/router';
import type { ModelImport } from '@modelwright/sdk';
import { BytesPipe, CountPipe } from '../../shared/format/pipes';
import { TimeAgo } from '../../shared/format/time-ago';
import { taskWord } from '../../shared/metrics/metric-words';
import { CopyButton } from '../../shared/ui/copy-button';
import { Icon } from '../../shared/ui/icon';
import { Progress } from '../../shared/ui/progress';
import { StatusChip } from '../../shared/ui/status-chip';
import { shortHash } from '../metric-text';

const LOOKS: Readonly<Record<string, { readonly status: string; readonly word: string }>> = {
  queued: { status: 'queued', word: 'Waiting' },
  running: { status: 'running', word: 'Being looked at' },
  usable: { status: 'succeeded', word: 'Usable' },
  refused: { status: 'failed', word: 'Refused' },
  failed: { status: 'failed', word: 'Not looked at' },
  cancelled: { status: 'cancelled', word: 'Cancelled' },
};

const FORMS: Readonly<Record<string, string>> = {
  pickle: 'Saved pipeline (pickle or joblib)',
  skops: 'Saved pipeline (skops)',
  mlflow: 'MLflow model folder',
};

/** What was found in one uploaded model. */
@Component({
  selector: 'mw-import-report',
  imports: [BytesPipe, CopyButton, CountPipe, Icon, MatButton, Progress, RouterLink, StatusChip, TimeAgo],
  template: `
    <section class="mw-card" [attr.aria-label]="item().fileName">
      <div class="mw-card-head">
        <h2>{{ item().fileName }}</h2>
        <mw-status [status]="look().status" [label]="look().word" />
      </div>
      <div class="mw-card-body mw-stack">
        @if (isWorking()) {
          <div class="mw-stack-tight">
            <mw-progress
              [label]="'Looking at ' + item().fileName"
              [fraction]="item().percent > 0 ? item().percent / 100 : null"
            />
            <p class="mw-small mw-muted" aria-live="polite">{{ item().step ?? 'Waiting for its turn' }}</p>
          </div>
        }
        @if (item().reason; as reason) {
          <p class="reason"><mw-icon name="info" [size]="16" /> {{ reason }}</p>
        }
        @if (item().report; as report) {
          @if (report.sentence) {
            <p>
              <strong>{{ report.sentence }}</strong>
            </p>
          }
          <dl class="mw-rows">
            <dt>Form</dt>
            <dd>{{ form() }}</dd>
            @if (report.steps && report.steps.length > 0) {
              <dt>Model</dt>
              <dd>{{ report.steps.join(' → ') }}</dd>
            }
            @if (report.task; as task) {
              <dt>Predicts</dt>
              <dd>
                <code>{{ report.target }}</code>, {{ taskWordOf(task) }}
                @if (report.classes?.length) {
                  ({{ shownClasses() }})
                }
              </dd>
            }
            @if (report.msPerRow !== undefined) {
              <dt>Speed</dt>
              <dd class="mw-number">
                {{ report.msPerRow }} ms for one row, {{ report.rowsPerSecond ?? 0 | count }} rows a second
              </dd>
            }
            @if (missing().length > 0) {
              <dt>Lacking here</dt>
              <dd class="warn">{{ missing().join(', ') }}</dd>
            }
            @if (others().length > 0) {
              <dt>Other versions here</dt>
              <dd>{{ others().join(', ') }}</dd>
            }
            <dt>File</dt>
            <dd class="hash">
              <span class="mw-number">{{ item().sizeBytes | bytes }}</span>
              <code>{{ hash() }}</code>
              <mw-copy [text]="item().sha256" label="Copy SHA-256" />
              <span class="mw-muted">uploaded <mw-time [at]="item().createdAt" /></span>
            </dd>
          </dl>
          @if (report.warnings?.length) {
            <ul class="mw-stack-tight">
              @for (warning of report.warnings; track $index) {
                <li class="reason warn"><mw-icon name="warning" [size]="16" /> {{ warning }}</li>
              }
            </ul>
          }
          @if (report.inputs && report.inputs.length > 0) {
            <details>
              <summary>Columns it reads ({{ report.inputs.length }})</summary>
              <div class="mw-table-scroll" tabindex="0" role="region" aria-label="Columns it reads">
                <table class="mw-table">
                  <thead>
                    <tr>
                      <th scope="col">Column</th>
                      <th scope="col">Type</th>
                      <th scope="col">Where it was made</th>
                    </tr>
                  </thead>
                  <tbody>
                    @for (column of report.inputs; track column.name) {
                      <tr>
                        <td>
                          <code>{{ column.name }}</code>
                        </td>
                        <td>{{ column.type }}</td>
                        <td>
                          <code>{{ column.dtype }}</code>
                        </td>
                      </tr>
                    }
                  </tbody>
                </table>
              </div>
            </details>
          }
          @if (report.classesUsed && report.classesUsed.length > 0) {
            <details>
              <summary>Python classes that loading it took ({{ report.classesUsed.length }})</summary>
              <ul class="classes mw-small">
                @for (name of report.classesUsed; track name) {
                  <li>
                    <code>{{ name }}</code>
                  </li>
                }
              </ul>
            </details>
          }
        }
        @if (canEdit()) {
          <div class="mw-row">
            @if (item().modelVersionId) {
              <span class="mw-muted"><mw-icon name="check" [size]="16" /> registered</span>
              <a matButton="text" [routerLink]="['/p', item().projectId, 'models']">See the models</a>
            } @else if (item().status === 'usable') {
              <button type="button" matButton="filled" (click)="registerAsked.emit()">Register model</button>
            }
            @if (isWorking()) {
              <button type="button" matButton="outlined" (click)="cancelAsked.emit()">Cancel</button>
            } @else if (!item().modelVersionId) {
              <button type="button" matButton="text" (click)="deleteAsked.emit()">Delete</button>
            }
          </div>
        }
      </div>
    </section>
  `,
  styles: `
    h2 {
      overflow-wrap: anywhere;
    }
    .reason {
      display: flex;
      gap: 8px;
    }
    .reason mw-icon {
      flex: none;
      margin-top: 2px;
    }
    .warn {
      color: var(--mw-warning);
    }
    .hash {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 0 8px;
    }
    summary {
      min-height: 24px;
      color: var(--mat-sys-primary);
      font-weight: 500;
      cursor: pointer;
    }
    .classes {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr));
      gap: 2px 16px;
      margin-top: 8px;
      overflow-wrap: anywhere;
    }
  `,
})
export class ImportReport {
  readonly item = input.required<ModelImport>();
  readonly canEdit = input(false);
  readonly registerAsked = output();
  readonly cancelAsked = output();
  readonly deleteAsked = output();

  protected readonly look = computed(
    () => LOOKS[this.item().status] ?? { status: this.item().status, word: this.item().status },
  );
  protected readonly isWorking = computed(() => ['queued', 'running'].includes(this.item().status));
  protected readonly form = computed(() => {
    const { report } = this.item();
    const flavors = report?.flavors?.length ? ` (${report.flavors.join(', ')})` : '';
    return `${FORMS[report?.form ?? ''] ?? ''}${flavors}`;
  });
  protected readonly hash = computed(() => shortHash(this.item().sha256));
  protected readonly shownClasses = computed(() => {
    const classes = this.item().report?.classes ?? [];
    return classes.slice(0, 8).join(', ') + (classes.length > 8 ? ', …' : '');
  });
  protected readonly missing = computed(() =>
    this.requirements('missing').map(({ name, wanted }) => (wanted ? `${name} ${wanted}` : name)),
  );
  protected readonly others = computed(() =>
    this.requirements('other').map(
      ({ name, wanted, installed }) => `${name} ${installed} (made with ${wanted})`,
    ),
  );
  protected readonly taskWordOf = taskWord;

  private requirements(state: 'missing' | 'other') {
    return (this.item().report?.requirements ?? []).filter((requirement) => requirement.state === state);
  }
}
