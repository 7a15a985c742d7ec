import { formatRelative } from './time';

const now = Date.parse('2026-03-01T12:00:00Z');
const ago = (seconds: number) => formatRelative(new Date(now - seconds * 1000).toISOString(), now);

describe('relative time', () => {
  it('is told in the largest unit that it rounds to', () => {
    expect(ago(3)).toBe('just now');
    expect(ago(42)).toBe('42 seconds ago');
    expect(ago(59.7)).toBe('1 minute ago');
    expect(ago(3_590)).toBe('1 hour ago');
    expect(ago(7_200)).toBe('2 hours ago');
  });
});
