import { type StreamEvent, type StreamOptions, followStream } from './event-stream';

/** Speaks the given events on each connection, then closes it. */
function serverSaying(connections: readonly (readonly StreamEvent[])[]) {
  const asked: (string | undefined)[] = [];
  let next = 0;
  const open = ({ headers, onSseEvent }: StreamOptions) => {
    asked.push(headers['Last-Event-ID']);
    const events = connections[next++] ?? [];
    async function* stream() {
      for (const event of events) {
        onSseEvent(event);
        yield await Promise.resolve(event.data);
      }
    }
    return Promise.resolve({ stream: stream() });
  };
  return { open, asked };
}

describe('following a stream', () => {
  it('goes on behind the last event after a gap, and stops at the end', async () => {
    const { open, asked } = serverSaying([
      [{ event: 'log', id: '7', data: 'a' }],
      [
        { event: 'log', id: '8', data: 'b' },
        { event: 'end', data: {} },
      ],
    ]);
    const taken: unknown[] = [];
    let gaps = 0;
    await followStream(
      open,
      {
        take: ({ event, data }) => {
          taken.push(data);
          return event === 'end' ? 'end' : undefined;
        },
        connected: () => undefined,
        lost: () => gaps++,
      },
      new AbortController().signal,
    );
    expect(asked).toEqual([undefined, '7']);
    expect(taken).toEqual(['a', 'b', {}]);
    expect(gaps).toBe(1);
  });

  it('lets go when the reader does', async () => {
    const reader = new AbortController();
    const { open, asked } = serverSaying([[{ event: 'log', id: '1', data: 'a' }]]);
    await followStream(
      open,
      { take: () => undefined, connected: () => undefined, lost: () => reader.abort() },
      reader.signal,
    );
    expect(asked).toHaveLength(1);
  });
});
