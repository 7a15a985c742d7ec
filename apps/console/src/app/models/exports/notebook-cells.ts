/** A cell of a notebook as it is shown: code to copy, or words in plain parts. */
export type NotebookCell =
  | {
      readonly kind: 'code';
      readonly id: string;
      readonly snippets: readonly [{ language: string; code: string }];
    }
  | { readonly kind: 'words'; readonly id: string; readonly parts: readonly WordPart[] };

export interface WordPart {
  readonly kind: 'heading' | 'text' | 'code';
  readonly text: string;
}

interface RawCell {
  readonly cell_type?: unknown;
  readonly id?: unknown;
  readonly source?: unknown;
}

/** Reads our own notebooks; what is not understood is left out. */
export function readNotebook(json: string): NotebookCell[] {
  let cells: unknown;
  try {
    cells = (JSON.parse(json) as { cells?: unknown } | null)?.cells;
  } catch {
    return [];
  }
  if (!Array.isArray(cells)) return [];
  return (cells as readonly RawCell[]).map((cell, index): NotebookCell => {
    const source = Array.isArray(cell.source) ? cell.source.join('') : '';
    const id = typeof cell.id === 'string' ? cell.id : String(index);
    return cell.cell_type === 'code'
      ? { kind: 'code', id, snippets: [{ language: 'Python', code: source }] }
      : { kind: 'words', id, parts: partsOf(source) };
  });
}

/** The little Markdown that these notebooks use: headings, paragraphs, fenced code; marks inside of a line are taken off. */
function partsOf(markdown: string): WordPart[] {
  return markdown.split(/```/).flatMap((piece, index): WordPart[] =>
    index % 2 === 1
      ? [{ kind: 'code', text: piece.trim() }]
      : piece
          .split(/\n{2,}/)
          .map((text) => text.trim())
          .filter((text) => text !== '')
          .map((text) =>
            /^#+ /.test(text)
              ? { kind: 'heading', text: plain(text.replace(/^#+ /, '')) }
              : { kind: 'text', text: plain(text) },
          ),
  );
}

function plain(text: string): string {
  return text
    .replaceAll(/(?<!\\)(\*\*|`)/g, '')
    .replaceAll(/\\([\\`*_{}[\]<>#|])/g, '$1')
    .replaceAll('\n', ' ');
}
