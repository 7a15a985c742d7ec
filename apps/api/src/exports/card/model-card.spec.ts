import type { CardDocument } from './card-document.js';
import { cardHtml } from './card-html.js';
import { cardPdf } from './card-pdf.js';

const card: CardDocument = {
  title: 'Churn <script>alert(1)</script> & co · Größe Ω Ж',
  subtitle: 'Version 3 · predicts "left"',
  at: new Date('2026-01-02T03:04:05Z'),
  blocks: [
    { kind: 'heading', text: 'How good it is' },
    { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    { kind: 'facts', facts: [['Data', 'customers, version 2']] },
    { kind: 'table', columns: ['Metric', 'Value'], numbersFrom: 1, rows: [['ROC AUC', '0.81']] },
    {
      kind: 'bars',
      label: 'Importance',
      items: [
        { name: 'plan', value: 0.1 },
        { name: 'x', value: -0.01 },
      ],
    },
    {
      kind: 'curve',
      label: 'ROC',
      x: 'false',
      y: 'true',
      points: [
        [0, 0],
        [0.2, 0.8],
        [1, 1],
      ],
      diagonal: true,
    },
    { kind: 'code', text: 'curl "$URL"' },
  ],
};

describe('a model card', () => {
  it('is a page that runs and fetches nothing, with every name as text', () => {
    const html = cardHtml(card);
    expect(html).not.toMatch(/<script|<img|https?:/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('2026-01-02 03:04 UTC');
  });

  it('is a PDF that carries its fonts', async () => {
    const pdf = await cardPdf(card);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1')).toContain('DejaVuSans');
    expect(pdf.toString('latin1').trimEnd().endsWith('%%EOF')).toBe(true);
  });

  it('breaks over pages', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => [`row ${index}`, String(index)]);
    const long: CardDocument = {
      ...card,
      blocks: [{ kind: 'table', columns: ['a', 'b'], numbersFrom: 1, rows }],
    };
    const pages = (await cardPdf(long)).toString('latin1').match(/\/Type \/Page\b/g) ?? [];
    expect(pages.length).toBeGreaterThan(3);
  });
});
