import { STUDY_SPACES } from '@modelwright/contracts';
import { parameterWords } from './parameter-words';

describe('words for hyperparameters', () => {
  it('are those of the library that fits the family', () => {
    expect(parameterWords('catboost', 'noise').title).toBe('random_strength');
    expect(parameterWords('catboost', 'l2').title).toBe('l2_leaf_reg');
    expect(parameterWords('lightgbm', 'l2').title).toBe('lambda_l2');
  });

  it('say what every searched one does', () => {
    const silent = Object.entries(STUDY_SPACES).flatMap(([family, space]) =>
      space
        .filter(({ name }) => parameterWords(family, name).meaning === '')
        .map(({ name }) => [family, name]),
    );
    expect(silent).toEqual([]);
  });

  it('leave one that nobody knows its name', () => {
    expect(parameterWords('other', 'warp')).toEqual({ title: 'warp', meaning: '' });
  });
});
