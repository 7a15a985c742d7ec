/** Values from JSON Schema: fitting ones, and hostile ones that look like them. Seeded, so a failure can be repeated. */

/** mulberry32: small, seeded, good enough to choose inputs. */
export function randomSource(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { next, below, pick: (list) => list[below(list.length)], chance: (share) => next() < share };
}

export const HOSTILE_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202eevil',
  '%00',
  '%',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '..\\..\\windows',
  '/etc/passwd',
  "'; DROP TABLE project; --",
  '" OR 1=1 --',
  '{{7*7}}',
  '${jndi:ldap://127.0.0.1/a}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  '=1+1',
  'NaN',
  '1e999',
  '-1',
  'true',
  'null',
  '01890a5d-ac96-774b-bcce-b302099a8057',
  '00000000-0000-0000-0000-000000000000',
  '2026-02-30T25:61:00Z',
  '9999999999999999999999',
  'x'.repeat(5000),
  '🙂'.repeat(300),
  'line\nbreak\r\n\ttab',
];

const HOSTILE_NUMBERS = [0, -0, -1, 1.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53 + 2, -(2 ** 63), 1e21];
const DEEP = JSON.parse('['.repeat(60) + ']'.repeat(60));

export function hostileValue(random) {
  const kinds = [
    () => random.pick(HOSTILE_TEXTS),
    () => random.pick(HOSTILE_NUMBERS),
    () => random.pick([null, true, false, [], {}]),
    () => [random.pick(HOSTILE_TEXTS)],
    () => ({ [random.pick(HOSTILE_TEXTS)]: random.pick(HOSTILE_TEXTS) }),
    () => DEEP,
    () => Array.from({ length: 300 }, () => 1),
    () => JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}'),
  ];
  return random.pick(kinds)();
}

/** Follows a local reference. */
export function resolve(document, schema) {
  let current = schema;
  while (current?.$ref) {
    current = current.$ref
      .slice(2)
      .split('/')
      .reduce((node, key) => node?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], document);
  }
  return current ?? {};
}

/** A value that fits, as far as a schema tells. `known` gives real ids for fields named like them. */
export function fittingValue(document, schemaOrRef, random, known = {}, name = '', depth = 0) {
  const schema = resolve(document, schemaOrRef);
  if (known[name] !== undefined && random.chance(0.8)) return known[name];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  if (schema.example !== undefined && random.chance(0.5)) return schema.example;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return fittingValue(document, random.pick(alternatives), random, known, name, depth);
  if (schema.allOf)
    return Object.assign(
      {},
      ...schema.allOf.map((part) => fittingValue(document, part, random, known, name, depth)),
    );
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
  switch (type) {
    case 'object':
      return fittingObject(document, schema, random, known, depth);
    case 'array': {
      const length = Math.min(schema.maxItems ?? 3, Math.max(schema.minItems ?? 0, random.below(3)));
      return depth > 6
        ? []
        : Array.from({ length }, () =>
            fittingValue(document, schema.items ?? {}, random, known, name, depth + 1),
          );
    }
    case 'integer':
    case 'number':
      return fittingNumber(schema, type, random);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return fittingText(schema, random);
  }
}

function fittingObject(document, schema, random, known, depth) {
  const value = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const needed = (schema.required ?? []).includes(name);
    if (needed || (depth < 5 && random.chance(0.5)))
      value[name] = fittingValue(document, property, random, known, name, depth + 1);
  }
  if (schema.additionalProperties && typeof schema.additionalProperties === 'object' && depth < 5) {
    value.extra = fittingValue(document, schema.additionalProperties, random, known, 'extra', depth + 1);
  }
  return value;
}

function fittingNumber(schema, type, random) {
  const low = schema.minimum ?? schema.exclusiveMinimum ?? 0;
  const high = Math.min(schema.maximum ?? schema.exclusiveMaximum ?? low + 100, low + 1000);
  const value = low + random.next() * (high - low);
  return type === 'integer' ? Math.round(value) : value;
}

function fittingText(schema, random) {
  if (schema.format === 'uuid') return '01890a5d-ac96-774b-bcce-b302099a8057';
  if (schema.format === 'date-time') return new Date(Date.now() + 86_400_000).toISOString();
  if (schema.format === 'email') return `person${random.below(1e6)}@example.org`;
  const length = Math.max(schema.minLength ?? 3, 3 + random.below(6));
  return Array.from({ length: Math.min(length, schema.maxLength ?? length) }, () =>
    random.pick([...'abcdefghij']),
  ).join('');
}

/** A fitting value with something wrong in it somewhere. */
export function spoiled(value, random) {
  if (typeof value !== 'object' || value === null || random.chance(0.2)) return hostileValue(random);
  const copy = structuredClone(value);
  const names = Object.keys(copy);
  if (names.length === 0) return { [random.pick(HOSTILE_TEXTS)]: hostileValue(random) };
  const name = random.pick(names);
  const change = random.below(4);
  if (change === 0) delete copy[name];
  else if (change === 1) copy[random.pick(HOSTILE_TEXTS)] = hostileValue(random);
  else copy[name] = spoiled(copy[name], random);
  return copy;
}
