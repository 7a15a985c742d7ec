import { CompiledModelError } from './compiled-model-error.js';

export const MAX_FILE_BYTES = 80 * 1024 * 1024;
const MAX_ARRAYS = 100_000;
const MAGIC = [0x4d, 0x57, 0x43, 0x31, 0x0d, 0x0a, 0x1a, 0x0a];
const HEADER_BYTES = 16;

export type TypedArray = Float64Array | Float32Array | Int32Array | Uint8Array;

interface ArrayTypes {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = { f64: 8, f32: 4, i32: 4, u8: 1 };

/** The typed arrays of a file, by number. All are views of one buffer. */
export class ArrayTable {
  constructor(
    private readonly buffer: ArrayBuffer,
    private readonly places: readonly { kind: string; start: number; length: number }[],
  ) {}

  get<Kind extends keyof ArrayTypes>(number: unknown, kind: Kind): ArrayTypes[Kind] {
    const place = typeof number === 'number' ? this.places[number] : undefined;
    if (place?.kind !== kind) throw new CompiledModelError(`A part of the model needs an array of ${kind}.`);
    return view(this.buffer, kind, place.start, place.length) as ArrayTypes[Kind];
  }

  /** The same bytes as another type, for nodes that mix integers and numbers. */
  reinterpret<Kind extends keyof ArrayTypes>(number: unknown, as: Kind): ArrayTypes[Kind] {
    const words = this.get(number, 'i32');
    const size = ELEMENT_BYTES[as] ?? 1;
    if (words.byteLength % size !== 0)
      throw new CompiledModelError('The nodes of a tree do not fill their place.');
    return view(this.buffer, as, words.byteOffset, words.byteLength / size) as ArrayTypes[Kind];
  }
}

/** Takes a file apart: the JSON description and its arrays. Copies the bytes, so that the caller's may change. */
export function takeApart(bytes: Uint8Array): { description: unknown; arrays: ArrayTable } {
  if (bytes.byteLength > MAX_FILE_BYTES) throw new CompiledModelError('The file is too large.');
  if (bytes.byteLength < HEADER_BYTES || MAGIC.some((byte, index) => bytes[index] !== byte))
    throw new CompiledModelError('This is not a compiled model.');
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const start = HEADER_BYTES + header.getUint32(8, true);
  const dataBytes = header.getUint32(12, true);
  if (start % 8 !== 0 || start + dataBytes !== bytes.byteLength)
    throw new CompiledModelError('The file is cut short or has something behind its end.');
  requireLittleEndian();
  const description = parse(bytes.subarray(HEADER_BYTES, start));
  const buffer = new ArrayBuffer(dataBytes);
  new Uint8Array(buffer).set(bytes.subarray(start));
  return { description, arrays: new ArrayTable(buffer, placesOf(description, dataBytes)) };
}

function parse(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw new CompiledModelError('The description cannot be read.', { cause });
  }
}

function placesOf(description: unknown, dataBytes: number) {
  const list =
    typeof description === 'object' && description !== null && 'arrays' in description
      ? description.arrays
      : undefined;
  if (!Array.isArray(list) || list.length > MAX_ARRAYS)
    throw new CompiledModelError('The description does not list its arrays.');
  return list.map((entry: unknown) => {
    const [kind, start, length] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const size =
      typeof kind === 'string' && Object.hasOwn(ELEMENT_BYTES, kind) ? ELEMENT_BYTES[kind] : undefined;
    if (
      typeof kind !== 'string' ||
      size === undefined ||
      !isCount(start) ||
      !isCount(length) ||
      start % 8 !== 0 ||
      start + length * size > dataBytes
    )
      throw new CompiledModelError('An array lies outside the file.');
    return { kind, start, length };
  });
}

function view(buffer: ArrayBuffer, kind: string, start: number, length: number): TypedArray {
  switch (kind) {
    case 'f64':
      return new Float64Array(buffer, start, length);
    case 'f32':
      return new Float32Array(buffer, start, length);
    case 'i32':
      return new Int32Array(buffer, start, length);
    default:
      return new Uint8Array(buffer, start, length);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function requireLittleEndian(): void {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1)
    throw new CompiledModelError('Compiled models need a little-endian machine.');
}
