import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import {
  MAT_DIALOG_DATA,
  MatDialogActions,
  MatDialogClose,
  MatDialogContent,
  MatDialogRef,
  MatDialogTitle,
} from '@angular/material/dialog';
import type { CreateDeploymentRequest, Deployment } from '@modelwright/sdk';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { ACCESS_MODES, type AccessMode, RATE_LIMIT } from '../shared/serving/access-modes';
import { newDeploymentCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { Field } from '../shared/ui/field';
import { numberError } from '../shared/ui/form-errors';
import { Icon } from '../shared/ui/icon';
import { ProblemView } from '../shared/ui/problem-view';
import { DeploymentsGateway } from './deployments-gateway';
import { slugProblem, suggestSlug } from './endpoint-slug';
import { OPEN_FINDINGS_MEANING, openFindingsText } from './open-findings';

export interface DeployRequest {
  readonly projectId: string;
  readonly modelName: string;
  readonly modelVersionId: string;
  readonly versionNumber: number;
  /** Blocking findings of its run that nobody waived. */
  readonly openFindings: number;
}

const DEFAULT_RATE = 60;
const LONGEST_NAME = 120;
const KNOWN_FIELDS = ['name', 'endpointSlug', 'authMode', 'rateLimitPerMinute'];

@Component({
  selector: 'mw-deploy-dialog',
  imports: [
    Field,
    Icon,
    MatButton,
    MatDialogActions,
    MatDialogClose,
    MatDialogContent,
    MatDialogTitle,
    ProblemView,
  ],
  templateUrl: './deploy-dialog.html',
  styleUrl: './deploy-dialog.scss',
  host: { '(keydown.control.enter)': 'deploy()', '(keydown.meta.enter)': 'deploy()' },
})
export class DeployDialog {
  protected readonly request = inject<DeployRequest>(MAT_DIALOG_DATA);
  private readonly dialog = inject<MatDialogRef<DeployDialog, Deployment>>(MatDialogRef);
  private readonly gateway = inject(DeploymentsGateway);
  private readonly code = inject(CopyAsCode);
  protected readonly access = ACCESS_MODES;
  protected readonly rateWords = RATE_LIMIT;
  protected readonly nameLimit = LONGEST_NAME;
  protected readonly origin = location.origin;
  protected readonly findings = openFindingsText(this.request.openFindings);
  protected readonly meaning = OPEN_FINDINGS_MEANING;

  protected readonly name = signal(this.request.modelName.slice(0, LONGEST_NAME));
  /** Follows the name until it was typed by hand. */
  private readonly ownSlug = signal<string | undefined>(undefined);
  protected readonly slug = computed(() => this.ownSlug() ?? suggestSlug(this.name()));
  protected readonly authMode = signal<AccessMode>('api-key');
  protected readonly rate = signal(String(DEFAULT_RATE));
  protected readonly busy = signal(false);
  private readonly refused = signal<ApiProblem | undefined>(undefined);
  /** What the server said about a slug; another slug is not to blame. */
  private readonly refusedSlug = signal<{ readonly slug: string; readonly text: string } | undefined>(
    undefined,
  );

  protected readonly nameError = computed(() =>
    this.name().trim() === '' ? 'Give the deployment a name.' : this.refused()?.messageFor('name'),
  );
  protected readonly slugError = computed(() => {
    const refusal = this.refusedSlug();
    return slugProblem(this.slug()) ?? (refusal?.slug === this.slug() ? refusal.text : undefined);
  });
  protected readonly rateError = computed(
    () => rateProblem(this.rate()) ?? this.refused()?.messageFor('rateLimitPerMinute'),
  );
  /** What belongs to no field. */
  protected readonly problem = computed(() => {
    const refused = this.refused();
    if (!refused || slugRefusal(refused)) return undefined;
    return refused.errors.length > 0 &&
      refused.errors.every(({ pointer }) => KNOWN_FIELDS.includes(pointer.split('/').at(-1) ?? ''))
      ? undefined
      : refused;
  });
  private key = this.gateway.newKey();

  protected rename(name: string): void {
    this.name.set(name);
    this.changed();
  }

  protected typeSlug(slug: string): void {
    this.ownSlug.set(slug);
    this.changed();
  }

  protected chooseAccess(mode: AccessMode): void {
    this.authMode.set(mode);
    this.changed();
  }

  protected limit(rate: string): void {
    this.rate.set(rate);
    this.changed();
  }

  protected async deploy(): Promise<void> {
    if (this.busy()) return;
    if (slugProblem(this.slug()) || this.name().trim() === '' || rateProblem(this.rate())) {
      this.focusFirstError();
      return;
    }
    this.busy.set(true);
    this.refused.set(undefined);
    try {
      this.dialog.close(await this.gateway.create(this.request.projectId, this.body(), this.key));
    } catch (error) {
      const problem = toProblem(error);
      const text = slugRefusal(problem);
      this.refused.set(problem);
      this.refusedSlug.set(text ? { slug: this.slug(), text } : undefined);
      this.focusFirstError();
    } finally {
      this.busy.set(false);
    }
  }

  protected copyAsCode(): Promise<void> {
    return this.code.open('This deployment as code', newDeploymentCode(this.request.projectId, this.body()));
  }

  private body(): CreateDeploymentRequest {
    return {
      modelVersionId: this.request.modelVersionId,
      name: this.name().trim(),
      endpointSlug: this.slug(),
      authMode: this.authMode(),
      rateLimitPerMinute: Number(this.rate()),
    };
  }

  /** Another content is another intention. */
  private changed(): void {
    this.key = this.gateway.newKey();
  }

  private focusFirstError(): void {
    setTimeout(() => document.querySelector<HTMLElement>('mw-deploy-dialog [aria-invalid="true"]')?.focus());
  }
}

function slugRefusal(problem: ApiProblem): string | undefined {
  return problem.code === 'slug-taken' ? problem.detail : problem.messageFor('endpointSlug');
}

function rateProblem(text: string): string | undefined {
  return numberError(text, { min: 1, max: RATE_LIMIT.highest });
}
