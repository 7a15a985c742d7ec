import type { HourlyStats } from '@modelwright/sdk';
import { totalsOf, withQuietHours } from './metrics-charts';

const busy: HourlyStats = {
  hour: '2026-03-01T10:00:00.000Z',
  count: 5,
  errors: 2,
  meanMs: 3,
  p50Ms: 2,
  p95Ms: 6,
  p99Ms: 7,
};

describe('the hours of a deployment', () => {
  it('hold every hour up to now, the quiet ones with no latency', () => {
    const hours = withQuietHours([busy], 3, Date.parse('2026-03-01T11:20:00Z'));
    expect(hours.map((hour) => [hour.hour.slice(11, 13), hour.count, hour.p50Ms])).toEqual([
      ['09', 0, null],
      ['10', 5, 2],
      ['11', 0, null],
    ]);
  });

  it('add up to the calls and failures of the whole time', () => {
    expect(totalsOf(withQuietHours([busy], 24, Date.parse('2026-03-01T11:20:00Z')))).toEqual({
      count: 5,
      errors: 2,
    });
  });
});
