import { readNotebook } from './notebook-cells';

describe('readNotebook', () => {
  it('reads code and words', () => {
    const json = JSON.stringify({
      cells: [
        {
          cell_type: 'markdown',
          id: 'a',
          source: ['# Title\n', '\n', 'Some **bold** `code`.\n', '```\nrun it\n```'],
        },
        { cell_type: 'code', id: 'b', source: ['x = 1\n', 'x'] },
      ],
    });
    expect(readNotebook(json)).toEqual([
      {
        kind: 'words',
        id: 'a',
        parts: [
          { kind: 'heading', text: 'Title' },
          { kind: 'text', text: 'Some bold code.' },
          { kind: 'code', text: 'run it' },
        ],
      },
      { kind: 'code', id: 'b', snippets: [{ language: 'Python', code: 'x = 1\nx' }] },
    ]);
  });

  it('shows escaped marks as they are', () => {
    const [cell] = readNotebook(
      JSON.stringify({ cells: [{ cell_type: 'markdown', id: 'a', source: [String.raw`a \*b\*`] }] }),
    );
    expect(cell).toMatchObject({ parts: [{ text: 'a *b*' }] });
  });

  it.each(['', '{}', '[]', '{"cells": 3}', 'null'])('finds nothing in %j', (json) => {
    expect(readNotebook(json)).toEqual([]);
  });
});
