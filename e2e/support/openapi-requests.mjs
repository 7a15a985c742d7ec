import { fittingValue, hostileValue, HOSTILE_TEXTS, spoiled } from './schema-values.mjs';

const WRONG_TYPES = [
  'text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/octet-stream',
  'text/csv',
  '',
  'application/json\u00e9',
];
const BROKEN_BODIES = [
  '',
  '{',
  '[',
  'null',
  '"text"',
  '{"a":1}}',
  '\u0000',
  '{"a":NaN}',
  '-----x--',
  `${'['.repeat(5000)}`,
  '{"__proto__":1}',
];

/** Every operation of an OpenAPI document. */
export function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map(([method, operation]) => ({
        path,
        method,
        operation,
        operationId: operation.operationId,
        parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])],
      })),
  );
}

/** @param {'valid' | 'spoiled' | 'hostile'} manner how wrong the request is to be */
export function requestFor(document, target, manner, random, known) {
  const path = target.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(pathValue(name, manner, random, known)),
  );
  const query = queryFor(document, target, manner, random);
  const { body, contentType } = bodyFor(document, target, manner, random, known);
  const headers = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...extraHeaders(manner, random),
  };
  return { method: target.method.toUpperCase(), url: `${path}${query}`, headers, body };
}

function pathValue(name, manner, random, known) {
  if (manner === 'hostile' && random.chance(0.3))
    return random.pick(HOSTILE_TEXTS.filter((text) => text !== '' && text.isWellFormed()));
  const real = known[name];
  if (real !== undefined && random.chance(0.85)) return real;
  return random.pick(['01890a5d-ac96-774b-bcce-b302099a8057', 'abc', '1']);
}

function queryFor(document, target, manner, random) {
  const search = new URLSearchParams();
  for (const parameter of target.parameters.filter((candidate) => candidate.in === 'query')) {
    if (!parameter.required && random.chance(0.5)) continue;
    const fitting = fittingValue(document, parameter.schema ?? {}, random);
    const value = manner === 'valid' || random.chance(0.4) ? fitting : hostileValue(random);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    search.append(parameter.name, text.toWellFormed());
    if (manner === 'hostile' && random.chance(0.2))
      search.append(parameter.name, random.pick(HOSTILE_TEXTS).toWellFormed());
  }
  if (manner === 'hostile' && random.chance(0.1)) search.append('limit', '1e9');
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

function bodyFor(document, target, manner, random, known) {
  const content = target.operation.requestBody?.content;
  if (!content)
    return manner === 'hostile' && target.method !== 'get' && random.chance(0.3)
      ? { body: '{"a":1}', contentType: 'application/json' }
      : {};
  const [type, media] = random.pick(Object.entries(content));
  const fitting = fittingValue(document, media.schema ?? {}, random, known);
  const value =
    manner === 'valid' ? fitting : manner === 'spoiled' ? spoiled(fitting, random) : hostileValue(random);
  if (type.startsWith('multipart/'))
    return { body: multipart(value, random), contentType: 'multipart/form-data; boundary=fuzz' };
  if (manner === 'hostile' && random.chance(0.3))
    return { body: random.pick(BROKEN_BODIES), contentType: 'application/json' };
  const contentType = manner === 'hostile' && random.chance(0.3) ? random.pick(WRONG_TYPES) : type;
  return { body: JSON.stringify(value), contentType };
}

function multipart(value, random) {
  const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [['file', value]];
  const parts = fields.map(([name, field]) => {
    const plain = name.replace(/["\r\n]/g, '_');
    const isFile = name === 'file';
    const disposition = `Content-Disposition: form-data; name="${plain}"${isFile ? `; filename="${random.pick(['a.csv', '../../x.csv', 'x'.repeat(300), 'a.zip'])}"` : ''}`;
    const text = isFile
      ? random.pick(['a,b\n1,2\n3,4\n', '', 'a', '\u0000', 'a,a\n1\n', 'PK\u0003\u0004'])
      : typeof field === 'string'
        ? field
        : JSON.stringify(field);
    return `--fuzz\r\n${disposition}\r\n\r\n${text}\r\n`;
  });
  return `${parts.join('')}--fuzz${random.chance(0.9) ? '--\r\n' : ''}`;
}

function extraHeaders(manner, random) {
  if (manner === 'valid') return {};
  const candidates = [
    {},
    {},
    { 'x-request-id': 'x'.repeat(1000) },
    { 'idempotency-key': random.pick(['a', 'x'.repeat(2000), '  ']) },
    { 'x-forwarded-for': '1.2.3.4, 5.6.7.8' },
    { 'if-match': '"*"' },
    { range: 'bytes=5-1' },
    { 'last-event-id': random.pick(['-1', 'abc', '99999999999999999999']) },
    { accept: 'application/xml' },
    { 'accept-encoding': 'br;q=9' },
  ];
  return random.pick(candidates);
}
