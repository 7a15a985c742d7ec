import {
  Injectable,
  type Resource,
  type Signal,
  computed,
  effect,
  inject,
  resource,
  signal,
  untracked,
} from '@angular/core';
import {
  type Analysis,
  type AnalysisPage,
  type AnalysisResult,
  type AnalysisSummary,
  type RequestAnalysisRequest,
  cancelAnalysis,
  getAnalysis,
  listAnalyses,
  requestAnalysis,
} from '@modelwright/sdk';
import { call } from '../../shared/api/call';
import { type ApiProblem, toProblem } from '../../shared/api/problem';
import { ProjectContext } from '../../shared/project/project-context';
import { reloadOn } from '../../shared/realtime/realtime';
import { ModelStore } from '../model.store';
import { findAnalysis } from './analysis-match';

export type AnalysisKind = AnalysisResult['kind'];
export type ResultOf<K extends AnalysisKind> = Extract<AnalysisResult, { kind: K }>;
export type Question = RequestAnalysisRequest;
type QuestionOf<K extends AnalysisKind> = Extract<Question, { kind: K }>;

/** Analyses of one version are few: the newest are enough to find what is shown. */
const MOST_LISTED = 200;

/** One question about the shown version, and how far its answer is. */
export interface Asked<K extends AnalysisKind> {
  /** The row of the question; undefined while nobody has asked it. */
  readonly summary: Signal<AnalysisSummary | undefined>;
  readonly answer: Resource<Analysis | undefined> & { readonly reload: () => boolean };
  readonly result: Signal<ResultOf<K> | undefined>;
  /** Why it cannot be asked of this model; undefined when it can. */
  readonly inapplicable: Signal<string | undefined>;
  readonly problem: Signal<ApiProblem | undefined>;
  readonly isBusy: Signal<boolean>;
  ask(): Promise<void>;
  cancel(): Promise<void>;
}

interface AskOptions {
  /** Whether opening the screen asks it; else a person does. */
  readonly automatic?: boolean;
}

/** What was asked of the shown version. One question at a time is computed in a project; the others wait. */
@Injectable()
export class InsightsStore {
  private readonly model = inject(ModelStore);
  private readonly context = inject(ProjectContext);
  readonly versionId = computed(() =>
    this.model.version.hasValue() ? this.model.version.value()?.id : undefined,
  );
  readonly list = resource({
    params: () => this.versionId(),
    loader: ({ params, abortSignal }): Promise<AnalysisPage> =>
      call(
        listAnalyses({
          path: { modelVersionId: params },
          query: { limit: MOST_LISTED },
          signal: abortSignal,
        }),
      ),
  });
  private readonly kinds = computed(
    () => new Map(this.list.hasValue() ? this.list.value().kinds.map((one) => [one.kind, one] as const) : []),
  );

  constructor() {
    reloadOn(this.list, (event) => event.type === 'analysis.updated');
  }

  /** Why a kind cannot be asked of this model; undefined when it can, or while nobody knows. */
  reasonAgainst(kind: AnalysisKind): string | undefined {
    const known = this.kinds().get(kind);
    return known && !known.applies ? (known.reason ?? 'This does not apply to this model.') : undefined;
  }

  /**
   * Call it where a component is made.
   * @param question undefined while there is nothing to ask yet
   */
  asked<K extends AnalysisKind>(
    kind: K,
    question: () => QuestionOf<K> | undefined,
    { automatic = true }: AskOptions = {},
  ): Asked<K> {
    const wanted = computed(question, { equal: isSame });
    const failure = signal<ApiProblem | undefined>(undefined);
    const busy = signal(false);
    const summary = computed(() => {
      const now = wanted();
      return now && this.list.hasValue() ? findAnalysis(this.list.value().items, now) : undefined;
    });
    const answer = resource({
      params: () => {
        const found = summary();
        return found?.status === 'succeeded' ? found.id : undefined;
      },
      loader: ({ params, abortSignal }): Promise<Analysis> =>
        call(getAnalysis({ path: { analysisId: params }, signal: abortSignal })),
    });
    const inapplicable = computed(() => this.reasonAgainst(kind));
    const ask = async (): Promise<void> => {
      const now = untracked(wanted);
      if (now) await this.attempt(busy, failure, () => this.request(now));
    };
    effect(() => {
      const isOpen =
        automatic && wanted() && this.list.hasValue() && this.context.canEdit() && !this.list.isLoading();
      if (isOpen && !summary() && !inapplicable() && !untracked(busy) && !untracked(failure))
        untracked(() => void ask());
    });
    effect(() => {
      wanted();
      untracked(() => failure.set(undefined));
    });
    return {
      summary,
      answer,
      inapplicable,
      problem: failure.asReadonly(),
      isBusy: busy.asReadonly(),
      result: computed(() => {
        const result = answer.hasValue() ? answer.value().result : undefined;
        return result && isKind(result, kind) ? result : undefined;
      }),
      ask,
      cancel: () => this.attempt(busy, failure, () => this.stop(untracked(summary))),
    };
  }

  private async request(question: Question): Promise<void> {
    const modelVersionId = untracked(this.versionId);
    if (!modelVersionId) return;
    const row = await call(requestAnalysis({ path: { modelVersionId }, body: question }));
    if (untracked(this.versionId) === modelVersionId) this.put(row);
  }

  private async stop(running: AnalysisSummary | undefined): Promise<void> {
    if (running) this.put(await call(cancelAnalysis({ path: { analysisId: running.id } })));
  }

  private put(row: Analysis): void {
    this.list.update((page) =>
      page ? { ...page, items: [row, ...page.items.filter((item) => item.id !== row.id)] } : page,
    );
  }

  private async attempt(
    busy: ReturnType<typeof signal<boolean>>,
    failure: ReturnType<typeof signal<ApiProblem | undefined>>,
    work: () => Promise<void>,
  ): Promise<void> {
    busy.set(true);
    failure.set(undefined);
    try {
      await work();
    } catch (error) {
      failure.set(toProblem(error));
    } finally {
      busy.set(false);
    }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isKind<K extends AnalysisKind>(result: AnalysisResult, kind: K): result is ResultOf<K> {
  return result.kind === kind;
}
