import { Injectable, Logger } from '@nestjs/common';
import type { ProjectScope } from '../../platform/authorization/project-scope.js';
import { TrainingOutputs, type FoldPredictions } from '../../training/training-outputs.service.js';
import type { ComparedItem } from './comparison.dto.js';
import type { KnownFacts } from './comparison-facts.js';
import { binaryCurves, regressionCurves } from './fold-curves.js';
import {
  FoldPredictionsReader,
  FoldPredictionsUnusableError,
  type FoldRows,
} from './fold-predictions-reader.js';

type Curves = Pick<ComparedItem, 'curves' | 'curvesFrom' | 'curvesMissing'>;
type Candidate = KnownFacts & { readonly candidateId: string };

const FIT =
  'Open it on the leaderboard of its run and choose “Fit this candidate” to get a model with curves.';
/** Tasks of which a comparison draws something. */
const DRAWN = new Set(['binary', 'regression']);

/**
 * Curves of candidates. Only the winner of a run is ever scored on its held-out rows; what candidates have in common, and
 * what they are compared by, are the rows of the folds.
 */
@Injectable()
export class CandidateCurves {
  private readonly logger = new Logger(CandidateCurves.name);

  constructor(
    private readonly outputs: TrainingOutputs,
    private readonly reader: FoldPredictionsReader,
  ) {}

  async withCurves(scope: ProjectScope, known: readonly KnownFacts[]): Promise<KnownFacts[]> {
    const candidates = known.filter(isCandidate);
    const byRun = Map.groupBy(candidates, ({ item }) => item.runId);
    const found = new Map<string, Curves>();
    for (const [runId, ofRun] of byRun)
      if (runId !== null)
        for (const [id, curves] of await this.ofRun(scope, runId, ofRun)) found.set(id, curves);
    return known.map((one) => ({ ...one, item: { ...one.item, ...found.get(one.item.id) } }));
  }

  private async ofRun(
    scope: ProjectScope,
    runId: string,
    candidates: readonly Candidate[],
  ): Promise<[string, Curves][]> {
    const stored = await this.outputs.foldPredictionsOf(scope, runId);
    const there = candidates.filter(({ candidateId }) => stored?.candidateIds.has(candidateId));
    const rows = stored && there.length > 0 ? await this.rows(stored, there, runId) : undefined;
    return candidates.map((candidate) => [candidate.item.id, curvesOf(candidate, stored, rows)]);
  }

  /** Undefined when they cannot be used, which the curves say and the log explains. */
  private async rows(
    stored: FoldPredictions,
    candidates: readonly Candidate[],
    runId: string,
  ): Promise<FoldRows | undefined> {
    try {
      return await this.reader.read(
        stored,
        candidates.map(({ candidateId }) => candidateId),
      );
    } catch (error) {
      if (!(error instanceof FoldPredictionsUnusableError)) throw error;
      this.logger.warn(`Out-of-fold predictions of run ${runId} cannot be used: ${error.message}`);
      return undefined;
    }
  }
}

function isCandidate(known: KnownFacts): known is Candidate {
  return known.candidateId !== null && DRAWN.has(known.item.task ?? '');
}

function curvesOf(
  { candidateId, item }: Candidate,
  stored: FoldPredictions | null,
  rows: FoldRows | undefined,
): Curves {
  const predicted = rows?.predicted.get(candidateId);
  if (rows && stored && predicted) return drawn(stored, rows, predicted);
  // The winner has curves of the hold-out at least.
  if (item.curves) return item;
  return { curves: null, curvesFrom: null, curvesMissing: reasonOf(item, stored, candidateId) };
}

function drawn(
  { kind, positiveClass }: FoldPredictions,
  rows: FoldRows,
  predicted: readonly number[],
): Curves {
  if (kind === 'number') {
    const regression = regressionCurves(rows.actual.map(Number), predicted);
    return { curves: { regression }, curvesFrom: 'folds', curvesMissing: null };
  }
  const label = positiveClass ?? '';
  const curves = binaryCurves(
    rows.actual.map((actual) => actual === label),
    predicted,
  );
  const binary = { ...curves, labels: [], positiveClass: label, thresholds: [], lift: [] };
  return { curves: { binary }, curvesFrom: 'folds', curvesMissing: null };
}

function reasonOf(item: ComparedItem, stored: FoldPredictions | null, candidateId: string): string {
  if (item.status !== 'succeeded')
    return 'It was not judged on all folds, so there is nothing to draw curves from.';
  if (!stored) return `Its run kept no out-of-fold predictions. ${FIT}`;
  if (!stored.candidateIds.has(candidateId))
    return `Its run had room for the out-of-fold predictions of its best candidates only, and it is not among them. ${FIT}`;
  return `Its out-of-fold predictions cannot be read any more; the log of the server says why. ${FIT}`;
}
