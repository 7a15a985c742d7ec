import {
  Component,
  Directive,
  type Resource,
  TemplateRef,
  computed,
  contentChild,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
} from '@angular/core';
import { NgTemplateOutlet } from '@angular/common';
import { ProblemView } from './problem-view';
import { Skeleton } from './skeleton';

const SKELETON_DELAY_MS = 150;

interface ContentContext<T> {
  $implicit: T;
}

/** `<ng-template [mwContent]="store.runs" let-runs>`: drawn once there is something; the binding only gives the type. */
@Directive({ selector: 'ng-template[mwContent]' })
export class ViewContent<T> {
  readonly mwContent = input.required<Resource<T | undefined>>();
  readonly template = inject<TemplateRef<ContentContext<T>>>(TemplateRef);

  static ngTemplateContextGuard<T>(
    _: ViewContent<T>,
    context: unknown,
  ): context is ContentContext<NonNullable<T>> {
    return context !== undefined;
  }
}

/** Drawn instead of the content when `empty` holds. */
@Directive({ selector: 'ng-template[mwEmpty]' })
export class ViewEmpty {
  readonly template = inject<TemplateRef<unknown>>(TemplateRef);
}

/** The shape of what is coming; without it three grey lines are drawn. */
@Directive({ selector: 'ng-template[mwLoading]' })
export class ViewLoading {
  readonly template = inject<TemplateRef<unknown>>(TemplateRef);
}

/** A resource; what cannot be fetched again by itself has no `reload`. */
type Fetched<T> = Resource<T | undefined> & { readonly reload?: () => boolean };

type Face = 'nothing' | 'loading' | 'error' | 'empty' | 'content';

/**
 * The four faces of everything that is fetched: loading (after 150 ms), empty, error with the problem's own words, content.
 * Content stays while it is fetched again; a refresh that fails leaves it in place with a note above.
 */
@Component({
  selector: 'mw-view',
  imports: [NgTemplateOutlet, ProblemView, Skeleton],
  host: { '[attr.aria-busy]': 'source().isLoading()' },
  template: `
    @switch (face()) {
      @case ('loading') {
        @if (loading(); as own) {
          <ng-container [ngTemplateOutlet]="own.template" />
        } @else {
          <mw-skeleton />
        }
        <span class="visually-hidden" role="status">Loading</span>
      }
      @case ('error') {
        <mw-problem [error]="source().error()" (retried)="retry()" />
      }
      @case ('empty') {
        <ng-container [ngTemplateOutlet]="emptyTemplate()" />
      }
      @case ('content') {
        @if (isStale()) {
          <mw-problem class="stale" [error]="source().error()" [compact]="true" (retried)="retry()" />
        }
        <ng-container [ngTemplateOutlet]="content().template" [ngTemplateOutletContext]="context()" />
      }
    }
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    .stale {
      margin-bottom: 12px;
    }
  `,
})
export class View<T> {
  readonly source = input.required<Fetched<T>>();
  readonly empty = input(false);
  readonly retried = output();

  protected readonly content = contentChild.required<ViewContent<T>>(ViewContent);
  protected readonly loading = contentChild(ViewLoading);
  private readonly emptyFace = contentChild(ViewEmpty);
  protected readonly emptyTemplate = computed(() => this.emptyFace()?.template ?? null);
  private readonly waited = signal(false);

  /** What was there before a refresh that failed; other parameters start from nothing. */
  private readonly kept = linkedSignal<
    { now: ContentContext<T> | null; isOther: boolean },
    ContentContext<T> | null
  >({
    source: () => {
      const source = this.source();
      const now = source.hasValue() ? { $implicit: source.value() as T } : null;
      return { now, isOther: source.status() === 'loading' || source.status() === 'idle' };
    },
    computation: ({ now, isOther }, before) => now ?? (isOther ? null : (before?.value ?? null)),
  });
  protected readonly face = computed<Face>(() => {
    if (this.kept()) return this.empty() && this.emptyFace() ? 'empty' : 'content';
    if (this.source().status() === 'error') return 'error';
    return this.waited() ? 'loading' : 'nothing';
  });
  protected readonly context = this.kept.asReadonly();
  protected readonly isStale = computed(() => this.source().status() === 'error' && this.kept() !== null);

  constructor() {
    effect((onCleanup) => {
      if (this.source().hasValue() || this.source().status() === 'error') {
        this.waited.set(false);
        return;
      }
      const timer = setTimeout(() => this.waited.set(true), SKELETON_DELAY_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  protected retry(): void {
    this.source().reload?.();
    this.retried.emit();
  }
}
