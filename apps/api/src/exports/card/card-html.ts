import type { CardBlock, CardDocument } from './card-document.js';

/** The card as one page: no script, nothing fetched, fit to be printed, in light and dark. */
export function cardHtml(card: CardDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(card.title)} · model card</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="kind">Model card</p>
<h1>${escape(card.title)}</h1>
<p class="subtitle">${escape(card.subtitle)}</p>
</header>
${card.blocks.map(blockHtml).join('\n')}
<footer>Written ${card.at.toISOString().slice(0, 16).replace('T', ' ')} UTC by Modelwright.</footer>
</main>
</body>
</html>
`;
}

function blockHtml(block: CardBlock): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escape(block.text)}</h2>`;
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'code':
      return `<pre><code>${escape(block.text)}</code></pre>`;
    case 'facts':
      return `<dl>${block.facts.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`).join('')}</dl>`;
    case 'table':
      return tableHtml(block);
    case 'bars':
      return barsHtml(block);
    case 'curve':
      return curveHtml(block);
  }
}

function tableHtml({ columns, rows, numbersFrom }: CardBlock & { kind: 'table' }): string {
  const align = (index: number): string => (index >= numbersFrom ? ' class="number"' : '');
  const head = columns.map((name, index) => `<th scope="col"${align(index)}>${escape(name)}</th>`).join('');
  const body = rows
    .map(
      (row) => `<tr>${row.map((value, index) => `<td${align(index)}>${escape(value)}</td>`).join('')}</tr>`,
    )
    .join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function barsHtml({ label, items }: CardBlock & { kind: 'bars' }): string {
  const largest = Math.max(...items.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const rows = items
    .map(({ name, value }) => {
      const width = ((Math.max(0, value) / largest) * 100).toFixed(1);
      return `<tr><th scope="row">${escape(name)}</th><td class="bar"><span style="width:${width}%"></span></td><td class="number">${short(value)}</td></tr>`;
    })
    .join('');
  return `<figure><figcaption>${escape(label)}</figcaption><table class="bars"><tbody>${rows}</tbody></table></figure>`;
}

const SIDE = 260;

function curveHtml({ label, x, y, points, diagonal }: CardBlock & { kind: 'curve' }): string {
  const path = points
    .map(
      ([px, py], index) =>
        `${index === 0 ? 'M' : 'L'}${(px * SIDE).toFixed(1)} ${((1 - py) * SIDE).toFixed(1)}`,
    )
    .join('');
  const line = diagonal ? `<path class="guide" d="M0 ${SIDE}L${SIDE} 0"/>` : '';
  return `<figure class="curve"><figcaption>${escape(label)}</figcaption>
<svg viewBox="-34 -6 ${SIDE + 44} ${SIDE + 42}" role="img" aria-label="${escape(label)}">
<rect x="0" y="0" width="${SIDE}" height="${SIDE}" class="frame"/>${line}<path class="line" d="${path}"/>
<text x="${SIDE / 2}" y="${SIDE + 30}" text-anchor="middle">${escape(x)}</text>
<text transform="translate(-20 ${SIDE / 2}) rotate(-90)" text-anchor="middle">${escape(y)}</text>
<text x="0" y="${SIDE + 14}" text-anchor="middle">0</text><text x="${SIDE}" y="${SIDE + 14}" text-anchor="middle">1</text>
</svg></figure>`;
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c1f24;--soft:#59616c;--line:#d9dde3;--paper:#fff;--accent:#2456b8;--wash:#f4f6f9}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a3acb8;--line:#3a414b;--paper:#16181c;--accent:#8db4ff;--wash:#20242a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:820px;margin:0 auto;padding:40px 24px 56px}
header{border-bottom:2px solid var(--accent);padding-bottom:16px;margin-bottom:8px}
.kind{margin:0;color:var(--accent);font-size:13px;font-weight:600}
h1{margin:2px 0 0;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
.subtitle{margin:6px 0 0;color:var(--soft)}
h2{margin:34px 0 8px;font-size:19px}
p{margin:8px 0;max-width:70ch;overflow-wrap:anywhere}
dl{margin:12px 0}
dl div{display:grid;grid-template-columns:180px 1fr;gap:16px;padding:6px 0;border-bottom:1px solid var(--line)}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:12px 0;font-size:14px}
th,td{padding:6px 12px 6px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:500}
tbody th{font-weight:400}
.number{text-align:right;font-variant-numeric:tabular-nums}
figure{margin:16px 0;break-inside:avoid}
figcaption{color:var(--soft);font-size:14px}
.bars th{width:30%}
.bar{width:55%}
.bar span{display:block;height:12px;min-width:1px;background:var(--accent);border-radius:2px}
.curve{display:inline-block;width:360px;max-width:100%;margin-right:24px;vertical-align:top}
svg{width:100%;height:auto}
svg text{fill:var(--soft);font-size:11px}
.frame{fill:none;stroke:var(--line)}
.guide{fill:none;stroke:var(--soft);stroke-dasharray:4 4}
.line{fill:none;stroke:var(--accent);stroke-width:2}
pre{background:var(--wash);padding:12px 16px;border-radius:6px;overflow-x:auto;font-size:13px}
footer{margin-top:40px;color:var(--soft);font-size:13px}
@media (max-width:560px){dl div{grid-template-columns:1fr;gap:0}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--accent:#1d4ea8;--wash:#f4f4f4}main{padding:0;max-width:none}h2{break-after:avoid}}
`;
