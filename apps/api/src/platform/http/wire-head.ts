/** The head of a request, read by rules that are stricter than HTTP's. */
export interface WireHead {
  readonly path: string;
  /** By name in small letters; each occurs once. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentLength: number;
}

const REQUEST_LINE = /^POST (\/[A-Za-z0-9/._-]*) HTTP\/1\.1$/;
/** One space at most before the value and none after it: what any number of them may match is slow to be refused. */
const FIELD = /^([A-Za-z0-9-]+): ?((?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?)$/;
const LENGTH = /^[1-9]\d{0,6}$/;
const MAX_FIELDS = 60;

/**
 * Reads the head of a POST about which no two parsers could be of different minds: one length, no coding, no name twice,
 * nothing but visible ASCII, a connection that stays. Anything else is not understood here, on purpose.
 * @param text without the empty line at its end
 */
export function readHead(text: string): WireHead | undefined {
  const [first = '', ...fields] = text.split('\r\n');
  const path = REQUEST_LINE.exec(first)?.[1];
  if (path === undefined || fields.length > MAX_FIELDS) return undefined;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    if (key in headers) return undefined;
    headers[key] = value;
  }
  const length = headers['content-length'];
  const connection = headers['connection']?.toLowerCase();
  if (length === undefined || !LENGTH.test(length)) return undefined;
  if (headers['host'] === undefined || (connection !== undefined && connection !== 'keep-alive'))
    return undefined;
  if ('transfer-encoding' in headers || 'upgrade' in headers || 'expect' in headers) return undefined;
  return { path, headers, contentLength: Number(length) };
}
