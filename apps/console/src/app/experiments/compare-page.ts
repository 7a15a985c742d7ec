import { Component, computed, inject, input, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatDivider } from '@angular/material/divider';
import { MatMenu, MatMenuItem, MatMenuTrigger } from '@angular/material/menu';
import { RouterLink } from '@angular/router';
import type { ExperimentView } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { Chart } from '../shared/charts/chart';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { comparisonCode } from '../shared/ui/code-actions';
import { CopyAsCode } from '../shared/ui/copy-as-code';
import { copyText } from '../shared/ui/copy-button';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Prompt } from '../shared/ui/prompt';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewLoading } from '../shared/ui/view';
import { curvesOf, marked, rowsOfCurves, trialsOf, withoutCurves } from './compare-charts';
import { CompareFacts } from './compare-facts';
import { metricBarsOf } from './compare-metrics';
import { CompareStore } from './compare.store';
import { Rescoring } from './rescoring';

/** Two to six runs or models side by side: what differs, how well they do, how they came about. */
@Component({
  selector: 'mw-compare-page',
  imports: [
    Chart,
    CompareFacts,
    EmptyState,
    Icon,
    MatButton,
    MatDivider,
    MatMenu,
    MatMenuItem,
    MatMenuTrigger,
    PageHeader,
    ProblemView,
    Rescoring,
    RouterLink,
    Skeleton,
    View,
    ViewContent,
    ViewLoading,
  ],
  providers: [CompareStore],
  host: { class: 'mw-page mw-page-fill' },
  templateUrl: './compare-page.html',
  styleUrl: './compare-page.scss',
})
export class ComparePage {
  /** From the URL. */
  readonly project = input.required<string>();
  protected readonly store = inject(CompareStore);
  protected readonly context = inject(ProjectContext);
  private readonly prompt = inject(Prompt);
  private readonly announcer = inject(Announcer);
  private readonly code = inject(CopyAsCode);
  protected readonly failure = signal<unknown>(undefined);

  protected readonly runsLink = computed(() => ['/p', this.project(), 'runs']);
  protected readonly trail = computed(() => [{ label: 'Runs', link: this.runsLink() }]);
  protected readonly views = computed(() => (this.store.views.hasValue() ? this.store.views.value() : []));
  private readonly comparison = computed(() =>
    this.store.comparison.hasValue() ? this.store.comparison.value() : undefined,
  );
  protected readonly items = computed(() =>
    marked(this.comparison()?.items ?? []).map((one) => ({ ...one, link: this.linkOf(one.item) })),
  );
  protected readonly metrics = computed(() => metricBarsOf(this.items()));
  protected readonly curves = computed(() => curvesOf(this.items()));
  protected readonly withoutCurves = computed(() => withoutCurves(this.items()));
  protected readonly rowsOfCurves = computed(() => rowsOfCurves(this.items()));
  protected readonly trials = computed(() => {
    const comparison = this.comparison();
    return comparison && trialsOf(this.items(), comparison.trials, comparison.items[0]?.metric ?? null);
  });

  private linkOf(item: {
    kind: string;
    runId: string | null;
    modelId: string | null;
    modelVersionId: string | null;
    id: string;
  }): { readonly path: readonly string[]; readonly query: Record<string, string> } {
    const base = ['/p', this.project()];
    if (item.kind === 'external') return { path: [...base, 'runs'], query: { run: item.id } };
    if (item.kind === 'model-version' && item.modelId)
      return { path: [...base, 'models', item.modelId], query: { version: item.id } };
    return { path: [...base, 'runs', item.runId ?? item.id], query: {} };
  }

  protected remove(id: string): void {
    this.store.show(this.store.ids().filter((one) => one !== id));
  }

  protected open(view: ExperimentView): void {
    this.store.show(view.state.ids ?? []);
  }

  protected copyAsCode(): Promise<void> {
    return this.code.open('This comparison as code', comparisonCode(this.project(), this.store.ids()));
  }

  protected share(): void {
    void copyText(location.href);
    this.announcer.say('Link copied');
  }

  protected async save(shared: boolean): Promise<void> {
    await this.prompt.ask({
      title: shared ? 'Save for the project' : 'Save as my view',
      label: 'Name',
      value: '',
      help: 'What is compared is kept under this name.',
      action: 'Save view',
      maxLength: 80,
      perform: (name) => this.store.save(name, shared),
    });
  }

  protected async forget(view: ExperimentView): Promise<void> {
    this.failure.set(undefined);
    try {
      await this.store.delete(view);
    } catch (error) {
      this.failure.set(toProblem(error));
    }
  }
}
