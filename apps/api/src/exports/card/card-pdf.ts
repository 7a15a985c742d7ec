import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import PDFDocument from 'pdfkit';
import type { CardBlock, CardDocument } from './card-document.js';

// The fonts every reader of PDF has know western letters only; these know most alphabets.
const FONTS = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');

const INK = '#1c1f24';
const SOFT = '#59616c';
const LINE = '#d9dde3';
const ACCENT = '#2456b8';
const WASH = '#f4f6f9';
const MARGIN = 56;
const CELL_GAP = 8;
const CURVE_SIDE = 190;

type Pdf = InstanceType<typeof PDFDocument>;

/** The card as a PDF of A4 pages, with its fonts inside. */
export async function cardPdf(card: CardDocument): Promise<Buffer> {
  const pdf = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, bottom: MARGIN, left: MARGIN, right: MARGIN },
    bufferPages: true,
    lang: 'en',
    info: { Title: `${card.title} · model card`, Creator: 'Modelwright', CreationDate: card.at },
  });
  const pieces: Buffer[] = [];
  pdf.on('data', (piece: Buffer) => pieces.push(piece));
  const ended = new Promise<void>((resolve, reject) => {
    pdf.on('end', resolve);
    pdf.on('error', reject);
  });
  pdf.registerFont('plain', join(FONTS, 'DejaVuSans.ttf'));
  pdf.registerFont('bold', join(FONTS, 'DejaVuSans-Bold.ttf'));
  pdf.registerFont('mono', join(FONTS, 'DejaVuSansMono.ttf'));
  drawHead(pdf, card);
  for (const block of card.blocks) drawBlock(pdf, block);
  numberPages(pdf, card);
  pdf.end();
  await ended;
  return Buffer.concat(pieces);
}

function drawHead(pdf: Pdf, card: CardDocument): void {
  pdf.font('bold').fontSize(9).fillColor(ACCENT).text('Model card');
  pdf.font('bold').fontSize(20).fillColor(INK).text(shown(card.title));
  pdf.font('plain').fontSize(10).fillColor(SOFT).text(shown(card.subtitle));
  pdf.moveDown(0.5);
  rule(pdf, ACCENT, 1.5);
}

function drawBlock(pdf: Pdf, block: CardBlock): void {
  switch (block.kind) {
    case 'heading':
      room(pdf, 80);
      pdf.moveDown(1).font('bold').fontSize(13).fillColor(INK).text(shown(block.text));
      pdf.moveDown(0.3);
      return;
    case 'text':
      pdf.font('plain').fontSize(9.5).fillColor(INK).text(shown(block.text), { lineGap: 2 });
      pdf.moveDown(0.4);
      return;
    case 'code':
      return drawCode(pdf, block.text);
    case 'facts':
      return drawRows(
        pdf,
        block.facts.map(([name, value]) => [name, value]),
        [0.28, 0.72],
        { soft: 0 },
      );
    case 'table':
      return drawTable(pdf, block);
    case 'bars':
      return drawBars(pdf, block);
    case 'curve':
      return drawCurve(pdf, block);
  }
}

function drawTable(pdf: Pdf, { columns, rows, numbersFrom }: CardBlock & { kind: 'table' }): void {
  const first = columns.length === 3 ? [0.3, 0.12, 0.58] : undefined;
  const widths = first ?? [
    0.34,
    ...Array.from({ length: columns.length - 1 }, () => 0.66 / (columns.length - 1)),
  ];
  drawRows(pdf, [columns], widths, { head: true, numbersFrom });
  drawRows(pdf, rows, widths, { numbersFrom });
  pdf.moveDown(0.4);
}

interface RowStyle {
  readonly head?: boolean;
  readonly numbersFrom?: number;
  /** Column in the quiet colour. */
  readonly soft?: number;
}

function drawRows(
  pdf: Pdf,
  rows: readonly (readonly string[])[],
  shares: readonly number[],
  { head = false, numbersFrom = Infinity, soft = -1 }: RowStyle,
): void {
  const width = pageWidth(pdf);
  for (const row of rows) {
    pdf.font('plain').fontSize(8.5);
    const columns = row.map((text, index) => ({
      text: shown(text),
      width: width * (shares[index] ?? 0.1) - CELL_GAP,
      align: index >= numbersFrom ? ('right' as const) : ('left' as const),
    }));
    const height = Math.max(...columns.map((column) => pdf.heightOfString(column.text, column)));
    room(pdf, height + 10);
    const top = pdf.y + 3;
    let left = MARGIN;
    columns.forEach((column, index) => {
      pdf.fillColor(head || index === soft ? SOFT : INK).text(column.text, left, top, column);
      left += column.width + CELL_GAP;
    });
    pdf.x = MARGIN;
    pdf.y = top + height + 3;
    rule(pdf, LINE, 0.5);
  }
}

function drawBars(pdf: Pdf, { label, items }: CardBlock & { kind: 'bars' }): void {
  const width = pageWidth(pdf);
  const largest = Math.max(...items.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  pdf.font('plain').fontSize(8.5).fillColor(SOFT).text(shown(label));
  pdf.moveDown(0.3);
  for (const { name, value } of items) {
    room(pdf, 16);
    const top = pdf.y;
    pdf
      .fillColor(INK)
      .text(shown(name), MARGIN, top, { width: width * 0.3 - CELL_GAP, height: 11, ellipsis: true });
    pdf
      .rect(MARGIN + width * 0.3, top + 1, Math.max(0.5, (Math.max(0, value) / largest) * width * 0.55), 8)
      .fill(ACCENT);
    pdf.fillColor(INK).text(Number(value.toPrecision(3)).toString(), MARGIN + width * 0.87, top, {
      width: width * 0.13,
      align: 'right',
    });
    pdf.x = MARGIN;
    pdf.y = top + 14;
  }
  pdf.moveDown(0.4);
}

function drawCurve(pdf: Pdf, { label, x, y, points, diagonal }: CardBlock & { kind: 'curve' }): void {
  room(pdf, CURVE_SIDE + 56);
  pdf.font('plain').fontSize(8.5).fillColor(SOFT).text(shown(label));
  const left = MARGIN + 24;
  const top = pdf.y + 6;
  const at = (px: number, py: number): [number, number] => [
    left + px * CURVE_SIDE,
    top + (1 - py) * CURVE_SIDE,
  ];
  pdf.lineWidth(0.5).rect(left, top, CURVE_SIDE, CURVE_SIDE).stroke(LINE);
  if (diagonal)
    pdf
      .moveTo(...at(0, 0))
      .lineTo(...at(1, 1))
      .dash(3, { space: 3 })
      .stroke(SOFT)
      .undash();
  points.forEach(([px, py], index) => (index === 0 ? pdf.moveTo(...at(px, py)) : pdf.lineTo(...at(px, py))));
  pdf.lineWidth(1.5).stroke(ACCENT);
  pdf.fontSize(7.5).fillColor(SOFT);
  pdf.text('0', left - 3, top + CURVE_SIDE + 3, { lineBreak: false });
  pdf.text('1', left + CURVE_SIDE - 4, top + CURVE_SIDE + 3, { lineBreak: false });
  pdf.text(shown(x), left, top + CURVE_SIDE + 14, { width: CURVE_SIDE, align: 'center' });
  pdf.save().rotate(-90, { origin: [left - 12, top + CURVE_SIDE / 2] });
  pdf.text(shown(y), left - 12 - CURVE_SIDE / 2, top + CURVE_SIDE / 2 - 4, {
    width: CURVE_SIDE,
    align: 'center',
  });
  pdf.restore();
  pdf.x = MARGIN;
  pdf.y = top + CURVE_SIDE + 34;
}

function drawCode(pdf: Pdf, text: string): void {
  const width = pageWidth(pdf) - 20;
  pdf.font('mono').fontSize(7.5);
  const height = pdf.heightOfString(shown(text), { width });
  room(pdf, height + 24);
  const top = pdf.y;
  pdf.rect(MARGIN, top, pageWidth(pdf), height + 16).fill(WASH);
  pdf.fillColor(INK).text(shown(text), MARGIN + 10, top + 8, { width });
  pdf.x = MARGIN;
  pdf.y = top + height + 22;
}

function numberPages(pdf: Pdf, card: CardDocument): void {
  const { start, count } = pdf.bufferedPageRange();
  const written = card.at.toISOString().slice(0, 10);
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page);
    // Below the margin a text would begin a page of its own.
    const bottom = pdf.page.margins.bottom;
    pdf.page.margins.bottom = 0;
    pdf.font('plain').fontSize(7.5).fillColor(SOFT);
    const line = pdf.page.height - MARGIN + 20;
    pdf.text(`${shown(card.title)} · ${written}`, MARGIN, line, {
      width: pageWidth(pdf) * 0.8,
      height: 10,
      ellipsis: true,
    });
    pdf.text(`${page - start + 1} of ${count}`, MARGIN, line, { width: pageWidth(pdf), align: 'right' });
    pdf.page.margins.bottom = bottom;
  }
}

function room(pdf: Pdf, height: number): void {
  if (pdf.y + height > pdf.page.height - MARGIN) pdf.addPage();
}

function rule(pdf: Pdf, colour: string, weight: number): void {
  pdf
    .lineWidth(weight)
    .moveTo(MARGIN, pdf.y)
    .lineTo(MARGIN + pageWidth(pdf), pdf.y)
    .stroke(colour);
}

function pageWidth(pdf: Pdf): number {
  return pdf.page.width - 2 * MARGIN;
}

/** Without what no font can draw: control characters and halves of characters. */
function shown(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}]/gu, (character) => (character === '\n' ? '\n' : ' '));
}
