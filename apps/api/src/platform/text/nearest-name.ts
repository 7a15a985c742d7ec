/** Edits (insert, delete, replace, swap of neighbours) that turn one text into the other: optimal string alignment. */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      let best = Math.min((current[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

const LONGEST_COMPARED = 100;

/** The name most like `wanted`, ignoring case and separators, or nothing if none is near. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, '');
  const target = plain(wanted).slice(0, LONGEST_COMPARED);
  let nearest: string | undefined;
  let best = Math.max(1, Math.floor(target.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(target, plain(name).slice(0, LONGEST_COMPARED));
    if (distance < best) [nearest, best] = [name, distance];
  }
  return nearest;
}
