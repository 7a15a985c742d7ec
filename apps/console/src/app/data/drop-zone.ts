import { Directive, output, signal } from '@angular/core';

/** Files may be dropped anywhere on the host; `over` says that one hovers. */
@Directive({
  selector: '[mwDropZone]',
  exportAs: 'mwDropZone',
  host: {
    '(dragenter)': 'hover($event)',
    '(dragover)': 'hover($event)',
    '(dragleave)': 'leave($event)',
    '(drop)': 'drop($event)',
  },
})
export class DropZone {
  readonly dropped = output<readonly File[]>();
  readonly over = signal(false);

  protected hover(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.over.set(true);
  }

  protected leave(event: DragEvent): void {
    const { currentTarget, relatedTarget } = event;
    // Moving between the host's own children is not leaving.
    if (
      currentTarget instanceof Node &&
      relatedTarget instanceof Node &&
      currentTarget.contains(relatedTarget)
    )
      return;
    this.over.set(false);
  }

  protected drop(event: DragEvent): void {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.over.set(false);
    this.dropped.emit(files);
  }
}
