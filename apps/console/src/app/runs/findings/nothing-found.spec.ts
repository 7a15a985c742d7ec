import { nothingFound } from './findings-panel';

describe('The findings of a run without any of its own', () => {
  const looked = { hasLooked: true, isActive: false, knownBefore: 0 };

  it('are said to be none only when nothing was known before either', () => {
    expect(nothingFound(looked).empty).toBe('Nothing was found');
    const known = nothingFound({ ...looked, knownBefore: 1 });
    expect(known.empty).toBe('No further finding');
    expect(known.why).not.toContain('No leak');
    expect(known.icon).not.toBe('check-circle');
  });

  it('are not said to be none when nobody has looked', () => {
    expect(nothingFound({ ...looked, hasLooked: false }).empty).toBe('Not looked');
    expect(nothingFound({ ...looked, hasLooked: false, isActive: true }).empty).toBe('Not looked yet');
  });
});
