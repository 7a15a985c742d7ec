import { FieldCatalog, type Field, type KeyKind } from '../search/fields.js';
import type { FieldName } from '../search/syntax.js';

const KINDS: Readonly<Record<string, KeyKind>> = {
  metrics: 'metric',
  metric: 'metric',
  params: 'param',
  param: 'param',
  parameters: 'param',
  tags: 'tag',
  tag: 'tag',
};

/** For clients of the MLflow protocol: a metric, parameter or tag that nobody has logged is one that no run has. */
export class LenientCatalog extends FieldCatalog {
  override resolve(field: FieldName): Field {
    const found = this.find(field.name);
    if (found) return found;
    const dot = field.name.indexOf('.');
    const kind = dot < 0 ? undefined : KINDS[field.name.slice(0, dot).toLowerCase()];
    if (kind === undefined) return super.resolve(field);
    return { kind: 'key', key: { id: 0, kind, name: field.name.slice(dot + 1) } };
  }
}
