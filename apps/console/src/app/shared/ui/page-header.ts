import { Component, effect, inject, input } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { type Crumb, Breadcrumbs } from './breadcrumbs';

/** Name of the screen, what it is about, and its actions (projected). Feeds the breadcrumb and the window's title. */
@Component({
  selector: 'mw-page-header',
  template: `
    <div class="words">
      <h1 tabindex="-1">{{ heading() }}</h1>
      <ng-content select="[meta]" />
    </div>
    <div class="actions"><ng-content /></div>
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px 16px;
    }
    .words {
      display: flex;
      flex: 1;
      flex-wrap: wrap;
      align-items: center;
      gap: 4px 12px;
      min-width: min(100%, 240px);
    }
    h1 {
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: 8px;
    }
    .actions:empty {
      display: none;
    }
  `,
})
export class PageHeader {
  readonly heading = input.required<string>();
  /** What the breadcrumb calls it, when not by its heading. */
  readonly crumb = input<string>();
  /** The way here, without the screen itself and without the project. */
  readonly trail = input<readonly Crumb[]>([]);

  constructor() {
    const breadcrumbs = inject(Breadcrumbs);
    const title = inject(Title);
    effect(() => {
      breadcrumbs.show([...this.trail(), { label: this.crumb() ?? this.heading() }]);
      title.setTitle(`${this.heading()} · Modelwright`);
    });
  }
}
