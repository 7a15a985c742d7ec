import {
  Component,
  ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ExperimentField, ExperimentRun } from '@modelwright/sdk';
import { Clock } from '../shared/format/time-ago';
import { Icon } from '../shared/ui/icon';
import { StatusChip } from '../shared/ui/status-chip';
import { mediaMatches } from '../shared/ui/media';
import { cellOf, holdsNumbers, isNumeric, linkOf, secondLine } from './run-cells';
import type { RunRows } from './run-rows';
import type { Density } from './table-state';

const ROW_HEIGHTS: Readonly<Record<Density, number>> = { compact: 34, comfortable: 46 };
/** Of two lines: on a phone score and time stand below the name. */
const PHONE_ROW_HEIGHT = 58;
const PHONE = '(width < 720px)';
const HEAD_HEIGHT = 36;
const AHEAD = 12;

/** Thousands of runs in a real table: only the rows in sight are drawn, between two rows as high as the rest. */
@Component({
  selector: 'mw-run-grid',
  imports: [Icon, RouterLink, StatusChip],
  host: { '[class.comfortable]': "density() === 'comfortable'" },
  templateUrl: './run-grid.html',
  styleUrl: './run-grid.scss',
})
export class RunGrid {
  readonly rows = input.required<RunRows>();
  readonly columns = input.required<readonly string[]>();
  readonly fields = input<readonly ExperimentField[]>([]);
  readonly sort = input.required<string>();
  readonly density = input<Density>('compact');
  readonly projectId = input.required<string>();
  readonly selected = input.required<ReadonlySet<string>>();
  /** Row that the keys act on. */
  readonly active = input(-1);

  readonly sorted = output<string>();
  readonly opened = output<ExperimentRun>();
  readonly toggled = output<{ readonly index: number; readonly range: boolean }>();
  readonly activated = output<number>();

  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly clock = inject(Clock);
  private readonly scrollTop = signal(0);
  private readonly height = signal(600);

  protected readonly isPhone = mediaMatches(PHONE);
  protected readonly rowHeight = computed(() =>
    this.isPhone() ? PHONE_ROW_HEIGHT : ROW_HEIGHTS[this.density()],
  );
  protected readonly heads = computed(() => {
    const labels = new Map(this.fields().map((field) => [field.field, field]));
    const sort = this.sort();
    const sample = this.rows().first;
    return this.columns().map((field) => {
      const known = labels.get(field);
      const direction = sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : 'none';
      return {
        field,
        label: field === 'params.family' ? 'Family' : (known?.label ?? field),
        hint: field.includes('.') ? field : '',
        numeric: isNumeric(field, known?.type) || holdsNumbers(sample, field),
        direction,
      };
    });
  });
  private readonly window = computed(() => {
    const height = this.rowHeight();
    const total = this.rows().total;
    const first = Math.max(0, Math.floor(this.scrollTop() / height) - AHEAD);
    const last = Math.min(total, Math.ceil((this.scrollTop() + this.height()) / height) + AHEAD);
    return { first: Math.min(first, Math.max(0, total - 1)), last };
  });
  protected readonly above = computed(() => this.window().first * this.rowHeight());
  protected readonly below = computed(
    () => Math.max(0, this.rows().total - this.window().last) * this.rowHeight(),
  );
  protected readonly lines = computed(() => {
    const { first, last } = this.window();
    const rows = this.rows();
    const now = this.clock.nowMs();
    const heads = this.heads();
    return Array.from({ length: Math.max(0, last - first) }, (_, place) => {
      const index = first + place;
      const run = rows.at(index);
      return {
        index,
        run,
        key: run?.id ?? `gap-${index}`,
        second: run && this.isPhone() ? secondLine(run, now) : '',
        link: run ? linkOf(run, this.projectId()) : null,
        tags: run
          ? Object.entries(run.tags).map(([name, value]) => (value ? `${name}: ${value}` : name))
          : [],
        cells: run
          ? heads.map((head) => ({
              field: head.field,
              numeric: head.numeric,
              ...cellOf(run, head.field, now),
            }))
          : [],
      };
    });
  });

  constructor() {
    effect(() => {
      const { first, last } = this.window();
      const rows = this.rows();
      untracked(() => void rows.ensure(first, last));
    });
    effect((onCleanup) => {
      const element = this.scroller().nativeElement;
      const observer = new ResizeObserver(() => this.height.set(element.clientHeight));
      observer.observe(element);
      onCleanup(() => observer.disconnect());
    });
    // Another order begins at its top.
    effect(() => {
      this.rows();
      const element = untracked(this.scroller).nativeElement;
      element.scrollTop = 0;
      untracked(() => this.scrollTop.set(0));
    });
    afterRenderEffect(() => this.show(this.active()));
  }

  get isAtTop(): boolean {
    return this.scrollTop() < this.rowHeight();
  }

  protected follow(): void {
    this.scrollTop.set(this.scroller().nativeElement.scrollTop);
  }

  protected pick(event: MouseEvent, index: number): void {
    this.toggled.emit({ index, range: event.shiftKey });
  }

  /** Brings the active row into sight and gives its link the focus, so that Enter opens it. */
  private show(index: number): void {
    if (index < 0) return;
    const element = this.scroller().nativeElement;
    const height = untracked(this.rowHeight);
    const top = index * height;
    const visible = element.clientHeight - HEAD_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + visible) element.scrollTop = top + height - visible;
    element.querySelector<HTMLElement>(`[data-row="${index}"] .open`)?.focus({ preventScroll: true });
  }
}
