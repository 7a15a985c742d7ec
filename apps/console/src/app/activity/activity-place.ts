import type { ActivityItem } from '@modelwright/sdk';

export interface ActivityPlace {
  readonly link: readonly string[];
  readonly query: Readonly<Record<string, string | number>>;
}

/** The screen on which the work, or what it is about, can be looked at. */
export function placeOf({
  projectId,
  entity,
  version,
  compared,
}: Pick<ActivityItem, 'projectId' | 'entity' | 'version' | 'compared'>): ActivityPlace {
  const at = (...path: string[]): readonly string[] => ['/p', projectId, ...path];
  switch (entity.kind) {
    case 'dataset':
      return { link: at('data', entity.id), query: {} };
    case 'run':
      return { link: at('runs', entity.id), query: {} };
    case 'deployment':
      return { link: at('deployments', entity.id), query: {} };
    case 'model':
      return { link: at('models', entity.id), query: version === null ? {} : { version } };
    case 'import':
      return { link: at('models', 'import'), query: {} };
    case 'batch-job':
      return { link: at('batch', entity.id), query: {} };
    case 'comparison':
      return { link: at('compare'), query: { ids: compared.join(','), rescoring: entity.id } };
  }
}
