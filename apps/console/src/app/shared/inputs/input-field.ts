import { Component, Directive, computed, forwardRef, inject, input, output } from '@angular/core';
import type { ContractInput } from '@modelwright/sdk';
import { MiniBars } from '../charts/mini-bars';
import { formatNumber } from '../format/numbers';
import { columnTypeIcon, columnTypeWord } from '../ui/column-type';
import { Icon } from '../ui/icon';
import type { FieldDraft } from './input-row';
import { slideTo, sliderRange } from './slider-range';

const OTHER = '\u0000other';
let counter = 0;

/** The control of an input: its id, whether it is missing or wrong, and where that is said. */
@Directive({
  selector: '[mwInputControl]',
  host: {
    '[id]': 'owner.controlId',
    '[attr.disabled]': "owner.field().missing ? '' : null",
    '[attr.aria-invalid]': "owner.error() ? 'true' : null",
    '[attr.aria-describedby]': 'owner.note() ? owner.noteId : null',
  },
})
export class InputControl {
  protected readonly owner = inject<InputField>(forwardRef(() => InputField));
}

/** One input of the model, with the control that its type asks for. */
@Component({
  selector: 'mw-input-field',
  imports: [Icon, InputControl, MiniBars],
  host: { '[class.missing]': 'field().missing' },
  templateUrl: './input-field.html',
  styleUrl: './input-field.scss',
})
export class InputField {
  readonly spec = input.required<ContractInput>();
  readonly field = input.required<FieldDraft>();
  readonly error = input<string | undefined>();
  readonly warning = input<string | undefined>();
  readonly changed = output<Partial<FieldDraft>>();

  protected readonly other = OTHER;
  readonly controlId = `mw-input-${++counter}`;
  readonly noteId = `${this.controlId}-note`;
  protected readonly icon = computed(() => columnTypeIcon(this.spec().type));
  protected readonly typeWord = computed(() => columnTypeWord(this.spec().type));
  protected readonly control = computed(() => {
    const { type, categories } = this.spec();
    if (type === 'integer') return 'number';
    return type === 'category' && !categories?.length ? 'text' : type;
  });
  protected readonly range = computed(() => sliderRange(this.spec()));
  protected readonly position = computed(() => {
    const value = Number(this.field().text);
    const range = this.range();
    return range && !Number.isNaN(value)
      ? Math.min(range.max, Math.max(range.min, value))
      : (range?.min ?? 0);
  });
  protected readonly bars = computed(() => {
    const histogram = this.spec().histogram;
    if (!histogram || histogram.counts.length < 2) return null;
    return histogram.counts.map((count, index) => ({
      count,
      label: `${formatNumber(histogram.edges[index])} to ${formatNumber(histogram.edges[index + 1])}`,
    }));
  });
  protected readonly limits = computed(() => {
    const range = this.range();
    return range ? { low: formatNumber(range.min), high: formatNumber(range.max) } : null;
  });
  protected readonly choices = computed(() => this.spec().categories ?? []);
  protected readonly chosen = computed(() => (this.field().other ? OTHER : this.field().text));
  readonly note = computed(() => this.error() ?? this.warning() ?? null);
  protected readonly isDay = computed(() => /^\d{4}-\d{2}-\d{2}$/.test(String(this.spec().example ?? '')));
  protected readonly localTime = computed(() => {
    const text = this.field().text;
    if (this.isDay()) return text.slice(0, 10);
    return text.length === 10 ? `${text}T00:00` : text.slice(0, 19).replace(' ', 'T');
  });

  protected slide(value: number): void {
    const range = this.range();
    if (range) this.changed.emit({ text: String(slideTo(value, range)), missing: false });
  }

  protected choose(value: string): void {
    if (value === OTHER) this.changed.emit({ other: true, text: '' });
    else this.changed.emit({ other: false, text: value });
  }

  protected setTime(value: string): void {
    const zone = /Z$/.test(this.field().text) && !this.isDay() && value !== '' ? 'Z' : '';
    this.changed.emit({ text: `${value}${zone}` });
  }
}
