import { z } from 'zod';
import { useFieldWords } from './field-words.js';

const Form = z.strictObject({
  name: z.string().min(1).max(5),
  scopes: z.array(z.enum(['run:read', 'run:write'])).min(2),
  id: z.uuid().optional(),
  limit: z.coerce.number().int().max(100).optional(),
  whole: z.number().int().optional(),
  kind: z.literal('all').optional(),
  either: z.union([z.string(), z.number()]).optional(),
  plan: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('split') }),
      z.object({ kind: z.literal('shadow') }),
    ])
    .optional(),
  own: z.string('Say who you are.').optional(),
});
const GOOD = { name: 'a', scopes: ['run:read', 'run:write'] };

function wordsFor(body: unknown): string[] {
  return Form.safeParse(body).error?.issues.map(({ message }) => message) ?? [];
}

describe('the words for a field that is wrong', () => {
  beforeAll(useFieldWords);
  afterAll(() => z.config({ customError: undefined }));

  it.each<[string, unknown, string]>([
    ['a missing list', { name: 'a' }, '`scopes` is required: expected a list.'],
    ['a wrong type', { ...GOOD, scopes: 'all' }, '`scopes` has to be a list, got text.'],
    ['null', { ...GOOD, name: null }, '`name` has to be text, got null.'],
    ['too few', { ...GOOD, scopes: ['run:read'] }, '`scopes` is too short: at least 2 entries.'],
    ['an empty text', { ...GOOD, name: '' }, '`name` must not be empty.'],
    ['a long text', { ...GOOD, name: 'abcdef' }, '`name` is too long: at most 5 characters.'],
    [
      'a mistyped choice, with the closest one',
      { ...GOOD, scopes: ['run:read', 'run:wrte'] },
      '`scopes[1]` has to be one of "run:read", "run:write", got "run:wrte". Did you mean "run:write"?',
    ],
    ['an id', { ...GOOD, id: 'x' }, '`id` has to be an id (a UUID).'],
    ['a number of a query', { ...GOOD, limit: 'many' }, '`limit` has to be a number.'],
    ['a number too large', { ...GOOD, limit: '1000' }, '`limit` has to be at most 100.'],
    ['a fraction', { ...GOOD, whole: 1.5 }, '`whole` has to be a whole number, got 1.5.'],
    ['the only choice', { ...GOOD, kind: 'some' }, '`kind` has to be "all", got "some".'],
    [
      'one of two types',
      { ...GOOD, either: true },
      '`either` has to be text or a number, got true or false.',
    ],
    [
      'an unknown kind',
      { ...GOOD, plan: { kind: 'shaddow' } },
      '`plan.kind` has to be one of "split", "shadow", got "shaddow". Did you mean "shadow"?',
    ],
    ['an unknown field', { ...GOOD, nmae: 1 }, '`nmae` is not known here.'],
    ['no body', undefined, 'The request has no body: expected an object.'],
    ['words of the schema itself', { ...GOOD, own: 1 }, 'Say who you are.'],
  ])('say what is wrong with %s', (_what, body, words) => {
    expect(wordsFor(body)).toEqual([words]);
  });

  it('repeat no value that may be a secret', () => {
    expect(wordsFor({ ...GOOD, name: { password: 'hunter2' } }).join()).not.toContain('hunter2');
  });
});
