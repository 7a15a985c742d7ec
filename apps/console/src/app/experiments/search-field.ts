import {
  Component,
  ElementRef,
  computed,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  viewChild,
} from '@angular/core';
import type { ExperimentField } from '@modelwright/sdk';
import { ApiProblem } from '../shared/api/problem';
import { Icon } from '../shared/ui/icon';
import { type Completion, type Suggestion, applied, completionAt, valueText } from './completion';
import { ExperimentsStore } from './experiments.store';

const VALUES_AFTER_MS = 120;
let fields = 0;

/** The search with completion of fields, comparisons and values; what is wrong is marked where it is. */
@Component({
  selector: 'mw-run-search',
  imports: [Icon],
  templateUrl: './search-field.html',
  styleUrl: './search-field.scss',
})
export class SearchField {
  readonly search = input.required<string>();
  readonly fields = input<readonly ExperimentField[]>([]);
  readonly problem = input<unknown>();
  readonly searched = output<string>();

  protected readonly id = `mw-run-search-${fields++}`;
  protected readonly text = linkedSignal(() => this.search());
  private readonly store = inject(ExperimentsStore);
  private readonly control = viewChild.required<ElementRef<HTMLInputElement>>('control');
  protected readonly isOpen = signal(false);
  protected readonly chosen = signal(-1);
  private readonly caret = signal(0);
  private readonly values = signal<{ readonly field: string; readonly list: readonly string[] } | undefined>(
    undefined,
  );
  private timer: ReturnType<typeof setTimeout> | undefined;

  private readonly place = computed<Completion>(() => completionAt(this.text(), this.caret(), this.fields()));
  protected readonly suggestions = computed<readonly Suggestion[]>(() => {
    const place = this.place();
    const values = this.values();
    if (place.valuesOf === undefined || values?.field !== place.valuesOf) return place.suggestions;
    const typed = place.typed.toLowerCase().replaceAll('"', '');
    return values.list
      .filter((value) => value.toLowerCase().includes(typed))
      .slice(0, 10)
      .map((value) => ({ text: valueText(value), hint: '' }));
  });
  protected readonly showsList = computed(() => this.isOpen() && this.suggestions().length > 0);

  /** The text of the search that failed, cut around what is wrong with it. */
  protected readonly fault = computed(() => {
    const problem = this.problem();
    if (!(problem instanceof ApiProblem)) return undefined;
    const [error] = problem.errors;
    const got = error?.got as { start?: number; end?: number } | undefined;
    const text = this.search();
    const start = Math.min(got?.start ?? text.length, text.length);
    const end = Math.min(Math.max(got?.end ?? start + 1, start + 1), text.length + 1);
    return {
      detail: problem.code === 'invalid-search' ? (error?.detail ?? problem.detail) : problem.detail,
      isPlaced: problem.code === 'invalid-search' && error?.pointer === '#/search',
      before: text.slice(0, start),
      wrong: text.slice(start, end) || '\u00a0',
      after: text.slice(end),
      start,
      end,
      suggestion: error?.suggestion,
    };
  });

  protected typed(): void {
    const { value, selectionStart } = this.control().nativeElement;
    this.text.set(value);
    this.caret.set(selectionStart ?? value.length);
    this.chosen.set(-1);
    this.isOpen.set(true);
    this.lookUpValues();
  }

  protected begin(): void {
    this.caret.set(this.control().nativeElement.selectionStart ?? this.text().length);
    this.isOpen.set(true);
    this.lookUpValues();
  }

  private lookUpValues(): void {
    clearTimeout(this.timer);
    const field = this.place().valuesOf;
    if (field === undefined || this.values()?.field === field) return;
    this.timer = setTimeout(() => {
      this.store.valuesOf(field, '').then(
        (list) => this.values.set({ field, list }),
        // Completion is a help; the search works without it.
        () => this.values.set({ field, list: [] }),
      );
    }, VALUES_AFTER_MS);
  }

  protected press(event: KeyboardEvent): void {
    const count = this.suggestions().length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (count === 0) return;
      event.preventDefault();
      this.isOpen.set(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.chosen.update((chosen) => (chosen + step + count + (chosen < 0 && step < 0 ? 1 : 0)) % count);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && this.showsList() && this.chosen() >= 0) {
      event.preventDefault();
      const suggestion = this.suggestions()[this.chosen()];
      if (suggestion) this.take(suggestion);
    } else if (event.key === 'Enter') this.submit();
    else if (event.key === 'Escape' && this.isOpen()) {
      event.stopPropagation();
      this.isOpen.set(false);
    }
  }

  protected take(suggestion: Suggestion): void {
    const { text, caret } = applied(this.text(), this.place(), suggestion.text);
    const control = this.control().nativeElement;
    this.text.set(text);
    control.value = text;
    control.focus();
    control.setSelectionRange(caret, caret);
    this.caret.set(caret);
    this.chosen.set(-1);
    this.isOpen.set(true);
    this.lookUpValues();
  }

  protected submit(): void {
    this.isOpen.set(false);
    this.searched.emit(this.text().trim());
  }

  protected leave(): void {
    this.isOpen.set(false);
    if (this.text().trim() !== this.search()) this.submit();
  }

  protected clear(): void {
    this.text.set('');
    this.searched.emit('');
    this.control().nativeElement.focus();
  }

  protected repair(suggestion: string): void {
    const fault = this.fault();
    if (!fault) return;
    this.searched.emit(`${fault.before}${suggestion}${fault.after}`);
  }
}
