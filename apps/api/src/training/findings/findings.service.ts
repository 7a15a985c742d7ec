import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ProjectScope, Scope } from '../../platform/authorization/project-scope.js';
import type {
  CheckedVersion,
  CheckFinding,
  ModelCheckSource,
} from '../../platform/facts/model-check-registry.js';
import { People } from '../../platform/people/people.js';
import { Problem } from '../../platform/problems/problem.js';
import { runNotFound } from '../run-problems.js';
import { RunTelling } from '../run-telling.js';
import type { RunEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import type { FindingDecision, RunFinding, RunFindingList } from './finding.dto.js';
import { byGravity, isOpenAndBlocking } from './finding-rows.js';
import { FindingRepository } from './finding.repository.js';

/** The stage whose end the trainer only tells if it has looked for leaks. */
const STAGE_THAT_LOOKS = 'check';

/** Doubts about the data of a run, and the reasons for which people let them pass. */
@Injectable()
export class FindingsService implements ModelCheckSource {
  constructor(
    private readonly dataSource: DataSource,
    private readonly runs: RunRepository,
    private readonly findings: FindingRepository,
    private readonly people: People,
    private readonly telling: RunTelling,
  ) {}

  /** @throws Problem `run-not-found` */
  async list(scope: Scope, runId: string): Promise<RunFindingList> {
    const run = await this.find(scope, runId);
    const items = (await this.findings.of(scope, runId)).sort(byGravity);
    return {
      items,
      nextCursor: null,
      openBlocking: items.filter(isOpenAndBlocking).length,
      lookedAfter: hasLooked(run),
    };
  }

  /** @throws Problem `finding-not-found`; `conflict` when it is waived already */
  waive(scope: ProjectScope, runId: string, findingId: string, reason: string): Promise<RunFinding> {
    return this.decide(scope, runId, findingId, { decision: 'waived', reason });
  }

  /** The waiver stays on record. @throws Problem `finding-not-found`; `conflict` when it is not waived */
  withdraw(
    scope: ProjectScope,
    runId: string,
    findingId: string,
    reason: string | null,
  ): Promise<RunFinding> {
    return this.decide(scope, runId, findingId, { decision: 'withdrawn', reason });
  }

  async checksOf(scope: Scope, { runId }: CheckedVersion): Promise<CheckFinding[]> {
    const run = runId === null ? null : await this.runs.find(scope, runId);
    // The check then stays as the registry has it: nothing has looked.
    if (!run) return [];
    const found = await this.findings.of(scope, run.id);
    return [checkOf(found, hasLooked(run))];
  }

  openFindings(scope: Scope, runIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.findings.openBlocking(scope, runIds);
  }

  private async decide(
    scope: ProjectScope,
    runId: string,
    findingId: string,
    made: Pick<FindingDecision, 'decision' | 'reason'>,
  ): Promise<RunFinding> {
    await this.find(scope, runId);
    const by = (await this.people.displayNames([scope.userId])).get(scope.userId) ?? null;
    await this.dataSource.transaction(async (manager) => {
      await this.lock(scope, runId, findingId, manager);
      const isWaived = await this.findings.isWaived(findingId, manager);
      if (isWaived === (made.decision === 'waived'))
        throw new Problem(
          'conflict',
          isWaived
            ? 'Somebody waived this finding already; read their reason.'
            : 'This finding is not waived, so there is nothing to withdraw.',
        );
      await this.findings.decide(scope, findingId, { ...made, by }, manager);
      await this.telling.changed(scope, runId, manager);
    });
    const decided = (await this.findings.of(scope, runId)).find(({ id }) => id === findingId);
    if (!decided) throw findingNotFound(findingId);
    return decided;
  }

  private async lock(scope: Scope, runId: string, findingId: string, manager: EntityManager): Promise<void> {
    if (!(await this.findings.lock(scope, runId, findingId, manager))) throw findingNotFound(findingId);
  }

  private async find(scope: Scope, runId: string): Promise<RunEntity> {
    const run = await this.runs.find(scope, runId);
    if (!run) throw runNotFound(runId);
    return run;
  }
}

function findingNotFound(id: string): Problem {
  return new Problem('finding-not-found', `This run has no finding ${id}. Its list names those it has.`);
}

function hasLooked(run: RunEntity): boolean {
  return run.stages.some(({ stage, status }) => stage === STAGE_THAT_LOOKS && status === 'finished');
}

/** What the registry asks: whether a blocking finding is open. */
export function checkOf(found: readonly RunFinding[], hasLooked: boolean): CheckFinding {
  const check = { code: 'findings', label: 'No open blocking finding', waivedElsewhere: true };
  const blocking = found.filter(({ severity }) => severity === 'blocking').sort(byGravity);
  const open = blocking.filter(isOpenAndBlocking);
  const warnings = found.filter(({ severity }) => severity === 'warning').length;
  const numbers = { blocking: blocking.length, open: open.length, warnings };
  if (open.length > 0)
    return {
      ...check,
      numbers,
      state: 'failed',
      detail: `${inWords(open)} See the findings of the run: leave the column out and train again, or waive with a reason.`,
    };
  const [first] = blocking;
  if (first) {
    const reasons = blocking.flatMap(({ title, column, waiver }) =>
      waiver ? [`${column ?? title}: ${waiver.reason ?? ''}`] : [],
    );
    const last = blocking
      .map(({ waiver }) => waiver)
      .sort((one, other) => ((one?.at ?? '') < (other?.at ?? '') ? 1 : -1))[0];
    return {
      ...check,
      numbers,
      state: 'waived',
      detail: inWords(blocking),
      ...(last ? { waiver: { reason: [...new Set(reasons)].join('; '), by: last.by, at: last.at } } : {}),
    };
  }
  if (!hasLooked)
    return {
      ...check,
      // There is no finding that could be waived in its place.
      waivedElsewhere: false,
      numbers,
      state: 'not-tried',
      detail:
        'The run did not come to look for leaks in its data; its log says why. Give it more time, or say why that does not matter.',
    };
  return {
    ...check,
    numbers,
    state: 'ok',
    detail:
      warnings === 0
        ? 'Nothing was found.'
        : `Nothing that blocks; ${warnings} ${warnings === 1 ? 'warning' : 'warnings'} on the run.`,
  };
}

const NAMED = 3;

function inWords(findings: readonly RunFinding[]): string {
  const named = findings.slice(0, NAMED).map(({ sentence }) => sentence);
  const more = findings.length - named.length;
  return [...named, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}
