import { stopsOf, walk } from './chart-walk';

describe('walking along a chart', () => {
  const stops = stopsOf([
    { data: [1, 2] },
    { data: [[0, 5], [1, null], { value: [2, 7] }, '-', [4, 9]] },
    { data: [1], silent: true },
    { data: [1], tooltip: { show: false } },
    { data: [3] },
  ]);

  it('knows the points of each series, whatever the others have, and no gaps', () => {
    expect(stops).toEqual([
      { seriesIndex: 0, points: [0, 1] },
      { seriesIndex: 1, points: [0, 2, 4] },
      { seriesIndex: 4, points: [0] },
    ]);
  });

  it('begins at the first point and ends at the last one of the same series', () => {
    const first = walk(stops, undefined, 'ArrowRight');
    expect(first).toEqual({ seriesIndex: 0, dataIndex: 0 });
    const second = walk(stops, first, 'ArrowRight');
    expect(second).toEqual({ seriesIndex: 0, dataIndex: 1 });
    expect(walk(stops, second, 'ArrowRight')).toEqual(second);
    expect(walk(stops, first, 'ArrowLeft')).toEqual(first);
  });

  it('goes to the other series at the same place, or at their last point', () => {
    const second = { seriesIndex: 0, dataIndex: 1 };
    expect(walk(stops, second, 'ArrowDown')).toEqual({ seriesIndex: 1, dataIndex: 2 });
    expect(walk(stops, { seriesIndex: 1, dataIndex: 4 }, 'ArrowDown')).toEqual({
      seriesIndex: 4,
      dataIndex: 0,
    });
    expect(walk(stops, { seriesIndex: 1, dataIndex: 2 }, 'ArrowUp')).toEqual(second);
  });

  it('jumps to the ends', () => {
    const middle = { seriesIndex: 1, dataIndex: 2 };
    expect(walk(stops, middle, 'Home')).toEqual({ seriesIndex: 1, dataIndex: 0 });
    expect(walk(stops, middle, 'End')).toEqual({ seriesIndex: 1, dataIndex: 4 });
  });

  it('leaves the page its keys where they lead nowhere', () => {
    expect(walk(stops, { seriesIndex: 0, dataIndex: 1 }, 'ArrowUp')).toBeUndefined();
    expect(walk(stops, { seriesIndex: 4, dataIndex: 0 }, 'ArrowDown')).toBeUndefined();
    expect(walk(stops, undefined, 'Enter')).toBeUndefined();
    expect(walk(stopsOf(undefined), undefined, 'ArrowRight')).toBeUndefined();
  });
});
