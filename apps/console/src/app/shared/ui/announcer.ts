import { Injectable, signal } from '@angular/core';

/** Says things to screen readers, politely. The shell renders the live region. */
@Injectable({ providedIn: 'root' })
export class Announcer {
  private readonly text = signal('');
  readonly message = this.text.asReadonly();

  say(message: string): void {
    // The same words twice would not be a change, so nothing would be read.
    this.text.set(this.text() === message ? `${message}\u00a0` : message);
  }
}
