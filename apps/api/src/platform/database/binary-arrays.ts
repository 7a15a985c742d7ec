/**
 * Arrays as PostgreSQL's binary protocol takes them (`array_recv` and the `*_recv` function of each element type), for
 * statements that store thousands of rows at once: nothing is escaped here and nothing is parsed there.
 */
type Values<T> = readonly (T | null)[];

/** Numbers of types in the catalogue, which never change. */
const OID = {
  bool: 16,
  int2: 21,
  int4: 23,
  text: 25,
  float8: 701,
  timestamptz: 1184,
  uuid: 2950,
} as const;

const HEAD_BYTES = 20;
const NULL_LENGTH = -1;
/** Milliseconds from 1970 to 2000, where PostgreSQL counts from. */
const EPOCH_MS = 946_684_800_000;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** Of a UTF-16 unit in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

export const smallints = (values: Values<number>): Buffer =>
  fixed(OID.int2, 2, values, (buffer, value, at) => buffer.writeInt16BE(value, at));

export const integers = (values: Values<number>): Buffer =>
  fixed(OID.int4, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at));

export const doubles = (values: Values<number>): Buffer =>
  fixed(OID.float8, 8, values, (buffer, value, at) => buffer.writeDoubleBE(value, at));

export const booleans = (values: Values<boolean>): Buffer =>
  fixed(OID.bool, 1, values, (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at));

/** @param values milliseconds since 1970 */
export const times = (values: Values<number>): Buffer =>
  fixed(OID.timestamptz, 8, values, (buffer, value, at) =>
    buffer.writeBigInt64BE(BigInt(Math.round((value - EPOCH_MS) * 1_000)), at),
  );

/** @throws RangeError for a text that is no UUID */
export const uuids = (values: Values<string>): Buffer => {
  // Most columns of ids hold one id over and over.
  let last: string | undefined;
  let lastAt = 0;
  return fixed(OID.uuid, 16, values, (buffer, value, at) => {
    if (value === last) buffer.copy(buffer, at, lastAt, lastAt + 16);
    else {
      if (!UUID.test(value)) throw new RangeError('A text is no UUID.');
      buffer.write(value.replaceAll('-', ''), at, 'hex');
    }
    last = value;
    lastAt = at;
  });
};

export function texts(values: Values<string>): Buffer {
  const units = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  const buffer = Buffer.allocUnsafe(HEAD_BYTES + values.length * 4 + units * MAX_BYTES_PER_UNIT);
  let at = writeHead(buffer, OID.text, values);
  for (const value of values) {
    const length = value === null ? NULL_LENGTH : buffer.write(value, at + 4, 'utf8');
    buffer.writeInt32BE(length, at);
    at += 4 + Math.max(0, length);
  }
  return buffer.subarray(0, at);
}

function fixed<T>(
  oid: number,
  width: number,
  values: Values<T>,
  write: (buffer: Buffer, value: T, at: number) => void,
): Buffer {
  const buffer = Buffer.allocUnsafe(HEAD_BYTES + values.length * (4 + width));
  let at = writeHead(buffer, oid, values);
  for (const value of values) {
    buffer.writeInt32BE(value === null ? NULL_LENGTH : width, at);
    at += 4;
    if (value === null) continue;
    write(buffer, value, at);
    at += width;
  }
  return buffer.subarray(0, at);
}

/** One dimension that begins at 1, of so many elements; an empty array has no dimension. */
function writeHead(buffer: Buffer, oid: number, values: Values<unknown>): number {
  let at = buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  at = buffer.writeInt32BE(values.includes(null) ? 1 : 0, at);
  at = buffer.writeInt32BE(oid, at);
  if (values.length === 0) return at;
  at = buffer.writeInt32BE(values.length, at);
  return buffer.writeInt32BE(1, at);
}
