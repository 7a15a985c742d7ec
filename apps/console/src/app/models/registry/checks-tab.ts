import { Component, computed, inject, input, output, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import type { ModelPolicy, ModelVersion, RequiredCheck } from '@modelwright/sdk';
import { toProblem } from '../../shared/api/problem';
import { ProjectContext } from '../../shared/project/project-context';
import { Icon } from '../../shared/ui/icon';
import { ProblemView } from '../../shared/ui/problem-view';
import { Skeleton } from '../../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../../shared/ui/view';
import { CheckList } from './check-list';
import { RegistryActions } from './registry-actions';
import { checksTally } from './registry-words';
import { RegistryStore } from './registry.store';
import { ReproduceCard } from './reproduce-card';

const ORIGINS: Readonly<Record<ModelPolicy['origin'], string>> = {
  default: 'The usual rules',
  project: 'Rules of the project',
  model: 'Rules of this model',
};

/** Whether the shown version may become champion, what stands in the way, and whether it comes out again. */
@Component({
  selector: 'mw-checks-tab',
  imports: [CheckList, Icon, MatButton, ProblemView, ReproduceCard, Skeleton, View, ViewContent, ViewLoading],
  template: `
    @if (problem(); as error) {
      <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
    }
    <div class="mw-columns">
      <section class="mw-card" aria-labelledby="required-title">
        <div class="mw-card-head">
          <h2 id="required-title">Checks before promotion</h2>
          @if (context.canEdit()) {
            <button type="button" matButton="filled" (click)="promoteAsked.emit()">
              <mw-icon name="star" [size]="15" /> Promote
            </button>
          }
        </div>
        <mw-view [source]="store.promotion">
          <ng-template mwLoading><mw-skeleton class="mw-card-body" [lines]="8" /></ng-template>
          <ng-template [mwContent]="store.promotion" let-promotion>
            <p class="verdict">
              <mw-icon
                [name]="promotion.allowed || isChampion() ? 'check-circle' : 'cross-circle'"
                [size]="18"
                [class.good]="promotion.allowed || isChampion()"
              />
              <span
                >{{ sentence() }} <span class="mw-small mw-muted line">{{ tally() }}</span></span
              >
            </p>
            <mw-check-list
              [checks]="promotion.checks"
              [canWaive]="context.canEdit()"
              [findingsLink]="findingsLink()"
              (waiveAsked)="waive($event)"
              (withdrawAsked)="withdraw($event)"
            />
          </ng-template>
        </mw-view>
        @if (store.policy.hasValue()) {
          <p class="rules">
            <span class="mw-muted">{{ rules() }}</span>
            @if (context.isOwner()) {
              <button type="button" matButton="outlined" (click)="editPolicy()">
                <mw-icon name="settings" [size]="15" /> Change the rules
              </button>
            }
          </p>
        }
      </section>
      <mw-reproduce-card
        [canEdit]="context.canEdit()"
        [projectId]="version().projectId"
        (asked)="reproduce()"
      />
    </div>
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 16px;
    }
    .verdict,
    .rules {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      align-items: center;
      padding: 14px var(--mw-inset);
    }
    .verdict {
      border-bottom: 1px solid var(--mat-sys-outline-variant);
      font-weight: 500;
    }
    .verdict > span {
      flex: 1;
    }
    .line {
      display: block;
      font-weight: 400;
    }
    .verdict mw-icon {
      color: var(--mat-sys-error);
    }
    .verdict mw-icon.good {
      color: var(--mw-success);
    }
    .rules {
      justify-content: space-between;
      border-top: 1px solid var(--mat-sys-outline-variant);
    }
  `,
})
export class ChecksTab {
  readonly version = input.required<ModelVersion>();
  readonly promoteAsked = output();
  protected readonly store = inject(RegistryStore);
  protected readonly context = inject(ProjectContext);
  private readonly actions = inject(RegistryActions);
  protected readonly problem = signal<unknown>(undefined);

  private readonly promotion = computed(() =>
    this.store.promotion.hasValue() ? this.store.promotion.value() : undefined,
  );
  protected readonly findingsLink = computed(() => {
    const { projectId, runId } = this.version();
    return runId ? ['/p', projectId, 'runs', runId] : null;
  });
  protected readonly isChampion = computed(() => this.promotion()?.present?.id === this.version().id);
  protected readonly sentence = computed(() => {
    const found = this.promotion();
    if (!found) return '';
    const { number } = this.version();
    if (this.isChampion()) return `Version ${number} is ${found.alias}.`;
    if (!found.isProtected) return `Any version may become ${found.alias}: the rules protect other aliases.`;
    if (found.allowed) return `Version ${number} may become ${found.alias}.`;
    const count = found.reasons.length;
    return `Version ${number} may not become ${found.alias}: ${count === 1 ? 'a required check fails' : `${count} required checks fail`}.`;
  });
  protected readonly tally = computed(() => checksTally(this.promotion()?.checks ?? [], this.version()));
  protected readonly rules = computed(() => {
    if (!this.store.policy.hasValue()) return '';
    const { origin, protectedAliases, updatedBy } = this.store.policy.value();
    const by = updatedBy ? `, written by ${updatedBy}` : '';
    const names = protectedAliases.length > 0 ? protectedAliases.join(', ') : 'no alias';
    return `${ORIGINS[origin]}${by}. Protected: ${names}.`;
  });

  protected async waive(check: RequiredCheck): Promise<void> {
    await this.actions.waive(this.version().id, check);
  }

  protected async withdraw(check: RequiredCheck): Promise<void> {
    await this.attempt(() => this.store.withdraw(this.version().id, check.code));
  }

  protected async reproduce(): Promise<void> {
    await this.attempt(() => this.store.reproduce(this.version().id));
  }

  protected async editPolicy(): Promise<void> {
    if (this.store.policy.hasValue())
      await this.actions.editPolicy(this.store.policy.value(), this.version().modelName);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.problem.set(undefined);
    try {
      await work();
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
