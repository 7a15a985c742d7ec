import type { ModelVersion } from '@modelwright/sdk';
import type { Tab } from '../../shared/ui/tabs';
import type { AnalysisKind, InsightsStore } from './insights.store';

/** The tabs of the model page that help to understand it; those that do not apply say why. */
export function insightTabs(
  version: ModelVersion | undefined,
  store: Pick<InsightsStore, 'reasonAgainst'>,
): readonly Tab[] {
  const hasImportance = version === undefined || version.evaluation.importance != null;
  const unless = (reason: string | undefined): Partial<Tab> => (reason ? { unavailable: reason } : {});
  const against = (kind: AnalysisKind): string | undefined => store.reasonAgainst(kind);
  return [
    { id: 'performance', label: 'Performance', icon: 'chart' },
    {
      id: 'explain',
      label: 'Explain',
      icon: 'sort',
      ...unless(hasImportance ? undefined : against('shap_global')),
    },
    { id: 'what-if', label: 'What if', icon: 'edit' },
    { id: 'errors', label: 'Errors', icon: 'warning', ...unless(against('segments')) },
    { id: 'fairness', label: 'Fairness', icon: 'users', ...unless(against('fairness')) },
  ];
}
