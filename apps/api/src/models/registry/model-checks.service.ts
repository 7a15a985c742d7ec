import { Injectable } from '@nestjs/common';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import { ModelCheckRegistry, type CheckFinding } from '../../platform/facts/model-check-registry.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { TrainingOutputs } from '../../training/training-outputs.service.js';
import type { ModelVersionEntity } from '../model.entity.js';
import { ReproductionRepository } from '../reproduce/reproduction.repository.js';
import { ChampionCheck } from './champion-check.js';
import { CHAMPION } from './alias-name.js';
import { BUILT_IN_CHECKS, ruleFor, type PolicyDocument } from './policy.js';
import { ModelPolicies } from './policies.service.js';
import type { RequiredCheck, WaiveCheckRequest } from './registry.dto.js';
import type { ModelCheckWaiverEntity } from './registry.entity.js';
import { RegistryRepository } from './registry.repository.js';
import { ownChecks } from './version-checks.js';

const UNSEEN: CheckFinding = {
  code: 'findings',
  label: 'No open blocking finding',
  state: 'not-applicable',
  detail: 'Nothing has looked for leaks in the data of this version.',
};
/** A file that was changed is not a matter of opinion. */
export const NEVER_WAIVED: ReadonlySet<string> = new Set(['artifact']);

/** What stands in the way of a version, with the reasons people gave for letting it pass. */
@Injectable()
export class ModelChecks {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly policies: ModelPolicies,
    private readonly champion: ChampionCheck,
    private readonly sources: ModelCheckRegistry,
    private readonly outputs: TrainingOutputs,
    private readonly reproductions: ReproductionRepository,
    private readonly people: People,
  ) {}

  /**
   * @param present version that the alias names now
   * @param alias the alias that would move
   */
  async of(
    scope: Scope,
    version: ModelVersionEntity,
    present: ModelVersionEntity | undefined,
    alias: string,
    policy: PolicyDocument,
  ): Promise<RequiredCheck[]> {
    const [findings, waivers] = await Promise.all([
      this.findings(scope, version, present, alias, policy),
      this.repository.openWaivers(scope, [version.id]),
    ]);
    return findings.map((finding) => toCheck(finding, policy, waivers));
  }

  /** Those that no reason can make good: they are asked even of a version that was trusted before. */
  neverWaived(version: ModelVersionEntity, policy: PolicyDocument): RequiredCheck[] {
    const measured = { predictMsPerRow: null, reproduction: null };
    const findings = ownChecks(version, measured, { latencyMs: null, holdoutRows: null });
    return findings
      .filter(({ code }) => NEVER_WAIVED.has(code))
      .map((finding) => toCheck(finding, policy, []));
  }

  /** Time of one prediction of the winner in its run, milliseconds. */
  async predictMsPerRow(scope: Scope, version: ModelVersionEntity): Promise<number | null> {
    const runId: string | null = version.runId;
    if (runId === null) return null;
    const winner = await this.outputs.candidateOf(scope, runId, version.winner.candidateId);
    return winner?.predictMsPerRow ?? null;
  }

  /** @throws Problem `conflict` when the check does not fail, or cannot be waived here */
  async waive(
    scope: ProjectScope,
    version: ModelVersionEntity,
    present: ModelVersionEntity | undefined,
    request: WaiveCheckRequest,
  ): Promise<void> {
    const policy = await this.policies.inForce(scope, version.modelId);
    const checks = await this.of(scope, version, present, CHAMPION, policy);
    const check = checks.find(({ code }) => code === request.check);
    if (!check)
      throw new Problem('invalid-request', `There is no check "${request.check}" for this version.`, {
        errors: [{ pointer: '#/check', detail: `is one of ${checks.map(({ code }) => code).join(', ')}` }],
      });
    if (!isOpen(check))
      throw new Problem('conflict', `"${check.label}" does not fail, so there is nothing to waive.`);
    if (!check.canBeWaived)
      throw new Problem('conflict', `"${check.label}" cannot be waived: ${check.detail}`);
    await this.repository.insertWaiver(scope, {
      modelVersionId: version.id,
      checkCode: request.check,
      reason: request.reason,
      found: check.detail,
      waivedBy: scope.userId,
      waivedByName: await this.nameOf(scope),
    });
  }

  /** The waiver stays on record as withdrawn. @throws Problem `not-found` */
  async withdraw(scope: ProjectScope, modelVersionId: string, check: string): Promise<void> {
    const was = await this.repository.withdrawWaiver(scope, modelVersionId, check, await this.nameOf(scope));
    if (!was) throw new Problem('not-found', `"${check}" is not waived for this version.`);
  }

  private async nameOf(scope: ProjectScope): Promise<string | null> {
    return (await this.people.displayNames([scope.userId])).get(scope.userId) ?? null;
  }

  private async findings(
    scope: Scope,
    version: ModelVersionEntity,
    present: ModelVersionEntity | undefined,
    alias: string,
    policy: PolicyDocument,
  ): Promise<CheckFinding[]> {
    const limitOf = (code: string): number | null => ruleFor(policy, code).limit ?? null;
    const [predictMsPerRow, reproduction, compared, others] = await Promise.all([
      this.predictMsPerRow(scope, version),
      this.reproductions.lastVerdict(scope, version.id),
      this.champion.compare(version, present, alias),
      this.sources.checksOf(scope, { modelVersionId: version.id, runId: version.runId }),
    ]);
    const own = ownChecks(
      version,
      { predictMsPerRow, reproduction },
      { latencyMs: limitOf('latency'), holdoutRows: limitOf('holdout-rows') },
    );
    const known = new Map([UNSEEN, ...own, compared, ...others].map((check) => [check.code, check]));
    const order = (code: string): number => {
      const place = (BUILT_IN_CHECKS as readonly string[]).indexOf(code);
      return place < 0 ? BUILT_IN_CHECKS.length : place;
    };
    return [...known.values()].sort((one, other) => order(one.code) - order(other.code));
  }
}

function toCheck(
  finding: CheckFinding,
  policy: PolicyDocument,
  waivers: readonly ModelCheckWaiverEntity[],
): RequiredCheck {
  const waiver = waivers.find(({ checkCode }) => checkCode === finding.code);
  const given =
    finding.waiver ??
    (waiver && { reason: waiver.reason, by: waiver.waivedByName, at: waiver.waivedAt.toISOString() });
  return {
    code: finding.code,
    label: finding.label,
    state: isOpen(finding) && waiver ? 'waived' : finding.state,
    required: ruleFor(policy, finding.code).required,
    canBeWaived: !NEVER_WAIVED.has(finding.code) && finding.waivedElsewhere !== true,
    detail: finding.detail,
    numbers: { ...finding.numbers },
    waiver: given ?? null,
  };
}

/** What was never tried has not passed, though nothing speaks against it. */
function isOpen({ state }: Pick<CheckFinding, 'state'>): boolean {
  return state === 'failed' || state === 'not-tried';
}

/** Required checks that fail or were never tried, and that nobody waived. */
export function standingInTheWay(checks: readonly RequiredCheck[]): RequiredCheck[] {
  return checks.filter((check) => check.required && isOpen(check));
}
