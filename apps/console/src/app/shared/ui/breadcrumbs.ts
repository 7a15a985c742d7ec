import { Injectable, signal } from '@angular/core';

export interface Crumb {
  readonly label: string;
  /** Router commands; the last crumb is where you are and has none. */
  readonly link?: readonly string[];
}

@Injectable({ providedIn: 'root' })
export class Breadcrumbs {
  private readonly current = signal<readonly Crumb[]>([]);
  readonly trail = this.current.asReadonly();

  show(trail: readonly Crumb[]): void {
    this.current.set(trail);
  }
}
