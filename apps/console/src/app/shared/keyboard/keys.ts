const IS_APPLE = /mac|iphone|ipad/i.test(navigator.userAgent);
const NAMES: Readonly<Record<string, string>> = {
  mod: IS_APPLE ? '⌘' : 'Ctrl',
  shift: IS_APPLE ? '⇧' : 'Shift',
  alt: IS_APPLE ? '⌥' : 'Alt',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** `mod+k` as the caps that are printed on this computer's keys; `g d` as two strokes. */
export function keyCaps(keys: string): readonly (readonly string[])[] {
  return keys
    .split(' ')
    .map((stroke) =>
      stroke.split('+').map((key) => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key)),
    );
}
