import { isUtf8 as isUtf8Whole } from 'node:buffer';
import chardet from 'chardet';
import iconv from 'iconv-lite';
import { TableError } from '../table-error.js';

export interface EncodingGuess {
  readonly encoding: string;
  readonly bomBytes: number;
  /** Best first; includes `encoding`. */
  readonly alternatives: string[];
}

const COMMON = [
  'utf-8',
  'windows-1252',
  'iso-8859-15',
  'utf-16le',
  'windows-1250',
  'windows-1251',
  'shift_jis',
  'gb18030',
];

/** Finds out how the characters are written, by mark, by validity as UTF-8, by zero bytes, then by statistics. */
export function detectEncoding(
  head: Buffer,
  requested: string | undefined,
  complete: boolean,
): EncodingGuess {
  const bom = byteOrderMark(head);
  if (requested !== undefined && requested !== '') {
    const encoding = normalise(requested);
    if (!iconv.encodingExists(encoding))
      throw new TableError(
        'unknown-encoding',
        `"${requested}" is not an encoding known here. Try utf-8, windows-1252 or utf-16le.`,
      );
    return { encoding, bomBytes: bom?.encoding === encoding ? bom.bytes : 0, alternatives: offer(encoding) };
  }
  if (bom) return { encoding: bom.encoding, bomBytes: bom.bytes, alternatives: offer(bom.encoding) };
  const wide = utf16WithoutMark(head);
  if (wide) return { encoding: wide, bomBytes: 0, alternatives: offer(wide) };
  if (isUtf8(head, complete)) return { encoding: 'utf-8', bomBytes: 0, alternatives: offer('utf-8') };
  const guesses = chardet
    .analyse(head.subarray(0, 65_536))
    .map(({ name, confidence }) => ({ name: normalise(name), confidence }))
    .filter(({ name }) => !name.startsWith('utf-') && iconv.encodingExists(name));
  const encoding = likeliest(guesses);
  const others = guesses.slice(0, 3).map(({ name }) => name);
  return { encoding, bomBytes: 0, alternatives: [...new Set([encoding, ...others, ...COMMON])] };
}

/** Whether these are UTF-8; a character cut at the end of an incomplete sample does not count against it. */
export function isUtf8(bytes: Uint8Array, complete: boolean): boolean {
  if (isUtf8Whole(bytes)) return true;
  return !complete && [1, 2, 3].some((cut) => isUtf8Whole(bytes.subarray(0, bytes.length - cut)));
}

export function decode(
  bytes: Buffer,
  { encoding, bomBytes }: Pick<EncodingGuess, 'encoding' | 'bomBytes'>,
): string {
  return iconv.decode(bytes.subarray(bomBytes), encoding, { stripBOM: true });
}

function offer(first: string): string[] {
  return [...new Set([first, ...COMMON])];
}

function byteOrderMark(head: Uint8Array): { encoding: string; bytes: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe && head[2] === 0 && head[3] === 0)
    return { encoding: 'utf-32le', bytes: 4 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bytes: 2 };
  return undefined;
}

/** Text in a Latin script written as UTF-16 has a zero in every other byte. */
export function utf16WithoutMark(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const length = Math.min(head.length - (head.length % 2), 4096);
  if (length < 8) return undefined;
  let even = 0;
  let odd = 0;
  for (let index = 0; index < length; index += 2) {
    if (head[index] === 0) even += 1;
    if (head[index + 1] === 0) odd += 1;
  }
  const half = length / 2;
  if (odd > half * 0.7 && even < half * 0.05) return 'utf-16le';
  if (even > half * 0.7 && odd < half * 0.05) return 'utf-16be';
  return undefined;
}

function normalise(name: string): string {
  const lower = name.trim().toLowerCase().replaceAll('_', '-');
  const aliases: Record<string, string> = {
    utf8: 'utf-8',
    ascii: 'utf-8',
    'us-ascii': 'utf-8',
    utf16: 'utf-16le',
    'utf-16': 'utf-16le',
    latin1: 'windows-1252',
    'shift-jis': 'shift_jis',
  };
  return aliases[lower] ?? lower;
}

/**
 * ISO 8859-1 in the wild is nearly always Windows-1252, which has the same letters and more; and among encodings that
 * differ in a few letters only, statistics on a short text prove little.
 */
function likeliest(guesses: readonly { name: string; confidence: number }[]): string {
  const best = guesses[0];
  if (!best) return 'windows-1252';
  const western = guesses.find(({ name }) => name === 'iso-8859-1' || name === 'windows-1252');
  if (western && best.confidence - western.confidence < 20) return 'windows-1252';
  return best.name;
}
