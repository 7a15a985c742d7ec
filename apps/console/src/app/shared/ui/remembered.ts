import { signal } from '@angular/core';

/** A signal whose value outlives the page. */
export interface Preference {
  (): string;
  set(value: string): void;
}

const shared = new Map<string, Preference>();

/** A small preference that survives reloads; every caller of the same key shares one. */
export function remembered(key: string, otherwise: string): Preference {
  const known = shared.get(key);
  if (known) return known;
  const value = signal(read(key) ?? otherwise);
  const preference: Preference = Object.assign(() => value(), {
    set(next: string) {
      value.set(next);
      write(key, next);
    },
  });
  shared.set(key, preference);
  return preference;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Storage is switched off: the preference lasts as long as the page.
    return null;
  }
}

function write(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value);
    return true;
  } catch {
    // Full or switched off: the preference lasts as long as the page.
    return false;
  }
}
