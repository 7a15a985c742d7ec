/** The name that was probably meant, or undefined when none is near: two letters, or a third of them, may differ. */
export function closestName(wanted: string, names: readonly string[]): string | undefined {
  const lower = wanted.toLowerCase().slice(0, 200);
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(lower, name.toLowerCase().slice(0, 200));
    if (distance <= mostEdits(lower) && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

function mostEdits(text: string): number {
  return text.length < 4 ? 1 : Math.max(2, Math.floor(text.length / 3));
}

/** Levenshtein distance. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
