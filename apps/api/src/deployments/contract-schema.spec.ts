import { describe, expect, it } from '@jest/globals';
import { exampleRowOf } from './contract-schema.js';

describe('the example row of a deployment', () => {
  it('has the order of the table, whatever order the database gave it', () => {
    const inputs = ['gender', 'tenure', 'id'].map((name) => ({
      name,
      type: 'text' as const,
      nullable: true,
      required: true,
    }));
    const example = { id: 'a', gender: 'f', tenure: '3' };
    expect(Object.keys(exampleRowOf({ inputs, example }))).toEqual(['gender', 'tenure', 'id']);
  });
});
