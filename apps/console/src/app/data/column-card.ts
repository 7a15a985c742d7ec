import { Component, computed, input, output } from '@angular/core';
import type { ColumnProfile } from '@modelwright/sdk';
import { MiniBars } from '../shared/charts/mini-bars';
import { formatCount, formatNumber, formatPercent } from '../shared/format/numbers';
import { formatExact } from '../shared/format/time';
import { columnRoleWord, columnTypeIcon, columnTypeWord } from '../shared/ui/column-type';
import { Icon } from '../shared/ui/icon';
import { TargetBuckets } from './target-buckets';
import { barsAgainstTarget, columnBars } from './column-bars';

const TYPES = ['number', 'integer', 'boolean', 'category', 'text', 'datetime'] as const;
const ROLES = ['feature', 'identifier', 'time', 'ignore'] as const;
type Type = (typeof TYPES)[number];
type Role = (typeof ROLES)[number];
const MOST_VALUES = 4;
const WORTH_SAYING = 0.01;

/** Everything known about one column, and the two decisions about it: what it is and what it is for. */
@Component({
  selector: 'mw-column-card',
  imports: [Icon, MiniBars, TargetBuckets],
  host: { class: 'mw-card' },
  templateUrl: './column-card.html',
  styleUrl: './column-card.scss',
})
export class ColumnCard {
  readonly column = input.required<ColumnProfile>();
  readonly classes = input<readonly string[]>([]);
  readonly canEdit = input(false);
  /** Null goes back to what the data suggests. */
  readonly roleAsked = output<Role | null>();
  readonly typeAsked = output<Type | null>();
  readonly targetAsked = output();

  protected readonly icon = computed(() => columnTypeIcon(this.column().type));
  protected readonly typeWord = computed(() => columnTypeWord(this.column().type));
  protected readonly roleWord = computed(() => columnRoleWord(this.column().role));
  protected readonly bars = computed(() => barsAgainstTarget(this.column()) ?? columnBars(this.column()));
  protected readonly accent = computed(() =>
    barsAgainstTarget(this.column()) ? `The lower part is “${this.classes()[1] ?? ''}”.` : '',
  );
  protected readonly numericTarget = computed(() => {
    const against = this.column().againstTarget;
    return against && (against.kind === 'number' || against.classes.length !== 2) ? against : undefined;
  });
  protected readonly strength = computed(() => {
    const strength = this.column().againstTarget?.strength;
    return strength == null || strength < WORTH_SAYING
      ? ''
      : `Alone it explains ${formatPercent(strength)} of the target.`;
  });
  protected readonly missing = computed(() => {
    const { missing, rows } = this.column();
    return missing === 0 ? 'none' : `${formatCount(missing)} (${formatPercent(missing / rows)})`;
  });
  protected readonly distinct = computed(() => {
    const { distinct, distinctIsApproximate } = this.column();
    return `${distinctIsApproximate ? '≈ ' : ''}${formatCount(distinct)}`;
  });
  protected readonly facts = computed(() => factsOf(this.column()));
  protected readonly values = computed(() => {
    const { histogram, topValues, rows } = this.column();
    if (histogram) return [];
    return topValues
      .slice(0, MOST_VALUES)
      .map(({ value, count }) => ({ value: String(value), share: formatPercent(count / rows) }));
  });
  protected readonly types = computed(() =>
    TYPES.map((type) => ({
      type,
      word: `${columnTypeWord(type)}${type === this.column().detectedType && type !== this.column().type ? ' (detected)' : ''}`,
    })),
  );
  protected readonly roles = computed(() =>
    ROLES.map((role) => ({
      role,
      word: `${columnRoleWord(role)}${role === this.column().suggestedRole && role !== this.column().role ? ' (suggested)' : ''}`,
    })),
  );

  protected askType(text: string): void {
    const type = TYPES.find((one) => one === text);
    if (type) this.typeAsked.emit(type === this.column().detectedType ? null : type);
  }

  protected askRole(text: string): void {
    if (text === 'target') return this.targetAsked.emit();
    const role = ROLES.find((one) => one === text);
    if (role) this.roleAsked.emit(role === this.column().suggestedRole ? null : role);
  }
}

function factsOf(column: ColumnProfile): readonly { readonly name: string; readonly value: string }[] {
  const { quantiles } = column;
  if (column.type === 'datetime') {
    return [
      { name: 'First', value: cellText(column.min, true) },
      { name: 'Last', value: cellText(column.max, true) },
    ];
  }
  if (quantiles) {
    return [
      { name: 'Mean', value: formatNumber(column.mean) },
      { name: 'Median', value: formatNumber(quantiles.p50) },
      { name: 'Spread', value: `± ${formatNumber(column.std)}` },
      { name: 'Range', value: `${cellText(column.min, false)} to ${cellText(column.max, false)}` },
      ...(column.zeros ? [{ name: 'Zeros', value: formatCount(column.zeros) }] : []),
      ...(column.infinite ? [{ name: 'Infinite', value: formatCount(column.infinite) }] : []),
    ];
  }
  if (column.textLength) {
    const { min, mean, max } = column.textLength;
    return [{ name: 'Length', value: `${formatNumber(mean)} (${formatCount(min)} to ${formatCount(max)})` }];
  }
  return [];
}

function cellText(value: ColumnProfile['min'], isTime: boolean): string {
  if (typeof value === 'number')
    return isTime ? formatExact(new Date(value).toISOString()) : formatNumber(value);
  return value === null ? '–' : isTime ? formatExact(String(value)) : String(value);
}
