import { DOCUMENT, DestroyRef, Injectable, inject, signal } from '@angular/core';
import { remembered } from '../ui/remembered';

const SEQUENCE_MS = 1200;

export interface Shortcut {
  /** `?`, `[`, `mod+k`, `shift+s`, `Escape`, or a sequence such as `g d`. */
  readonly keys: string;
  readonly description: string;
  readonly group: string;
  readonly run: (event: KeyboardEvent) => void;
}

/** All keys of the page. What is registered here is what the key sheet (`?`) shows. */
@Injectable({ providedIn: 'root' })
export class Keyboard {
  private readonly registered = signal<readonly Shortcut[]>([]);
  readonly shortcuts = this.registered.asReadonly();
  /** Whether single letters act; `off` leaves only the chords with Ctrl or ⌘. */
  readonly singleKeys = remembered('mw.singleKeys', 'on');
  private pending = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const document = inject(DOCUMENT);
    const listen = (event: KeyboardEvent): void => this.handle(event);
    document.addEventListener('keydown', listen);
    inject(DestroyRef).onDestroy(() => document.removeEventListener('keydown', listen));
  }

  /** For as long as the calling component lives. */
  use(shortcuts: readonly Shortcut[], destroyRef = inject(DestroyRef)): void {
    this.registered.update((all) => [...all, ...shortcuts]);
    destroyRef.onDestroy(() =>
      this.registered.update((all) => all.filter((one) => !shortcuts.includes(one))),
    );
  }

  private handle(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const stroke = strokeOf(event);
    const isChord = stroke.startsWith('mod+');
    if (!isChord && (this.singleKeys() === 'off' || isTyping(event) || isDialogOpen())) return;
    const sequence = this.pending ? `${this.pending} ${stroke}` : stroke;
    const match = this.find(sequence) ?? this.find(stroke);
    this.remember(match ? '' : stroke);
    if (!match) return;
    event.preventDefault();
    match.run(event);
  }

  private find(keys: string): Shortcut | undefined {
    return this.registered().findLast((shortcut) => shortcut.keys === keys);
  }

  private remember(stroke: string): void {
    clearTimeout(this.timer);
    const starts =
      stroke !== '' && this.registered().some((shortcut) => shortcut.keys.startsWith(`${stroke} `));
    this.pending = starts ? stroke : '';
    if (starts) this.timer = setTimeout(() => (this.pending = ''), SEQUENCE_MS);
  }
}

function strokeOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `mod+${event.shiftKey ? 'shift+' : ''}${key}`;
  if (event.altKey) return `alt+${key}`;
  return event.shiftKey && /^[a-z]$/.test(key) ? `shift+${key}` : key;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('.ag-root') !== null) return true;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit', 'range'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function isDialogOpen(): boolean {
  return (
    document.querySelector('.cdk-overlay-container [role="dialog"], .cdk-overlay-container [role="menu"]') !==
    null
  );
}
