import { statusChoices } from './request-statuses';

const ids = (seen: readonly string[]) => statusChoices(seen).map(({ id }) => id);

describe('statuses to filter by', () => {
  it('are all that endpoints answer with', () => {
    for (const code of ['200', '400', '401', '403', '404', '413', '422', '429', '499', '500', '503', '504'])
      expect(ids([])).toContain(code);
  });

  it('take in a code that came and is on no list, once and in its place', () => {
    const all = ids(['418', '200', '418', '']);
    expect(all.filter((id) => id === '418')).toHaveLength(1);
    expect(all.indexOf('418')).toBeGreaterThan(all.indexOf('415'));
    expect(all.indexOf('418')).toBeLessThan(all.indexOf('422'));
  });

  it('leave classes to their own group', () => {
    expect(ids(['4xx'])).not.toContain('4xx');
  });
});
