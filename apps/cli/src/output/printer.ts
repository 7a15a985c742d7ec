/** Results on standard output, everything else on standard error. */
import { styleText } from 'node:util';
import type { Collected } from '../answers.js';
import type { Io } from '../io.js';
import { plain, renderFields, renderTable, type Column, type Fields } from './table.js';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export class Printer {
  private readonly coloured: boolean;

  constructor(
    private readonly io: Io,
    private readonly options: OutputOptions,
  ) {
    this.coloured = Boolean(io.stdout.isTTY) && !io.env.NO_COLOR;
  }

  get isJson(): boolean {
    return this.options.json === true;
  }

  get isTerminal(): boolean {
    return Boolean(this.io.stdout.isTTY);
  }

  /** One JSON document. */
  json(document: unknown): void {
    this.line(JSON.stringify(document, null, this.isTerminal ? 2 : undefined));
  }

  /** One line of a stream of JSON documents (NDJSON). */
  event(document: unknown): void {
    this.line(JSON.stringify(document));
  }

  line(text = ''): void {
    this.io.stdout.write(`${text}\n`);
  }

  list<T>({ items, more }: Collected<T>, columns: readonly Column<T>[], emptyAdvice: string): void {
    if (this.isJson) {
      this.json({ items, more });
      return;
    }
    if (items.length === 0) this.note(emptyAdvice);
    else this.table(items, columns);
    if (more) this.note(`There are more: --limit ${items.length * 2}`);
  }

  table<T>(items: readonly T[], columns: readonly Column<T>[]): void {
    const [head = '', ...rows] = renderTable(items, columns, this.isTerminal);
    this.line(this.coloured ? styleText('bold', head) : head);
    for (const row of rows) this.line(row);
  }

  /** One thing: the document of the API, or its fields for people. */
  item(document: unknown, fields: Fields): void {
    if (this.isJson) this.json(document);
    else for (const line of renderFields(fields)) this.line(line);
  }

  /** One value that scripts take as it is. */
  value(document: unknown, text: string): void {
    if (this.isJson) this.json(document);
    else this.line(plain(text));
  }

  /** Talk: progress, hints. */
  note(text: string): void {
    if (!this.options.quiet) this.io.stderr.write(`${plain(text)}\n`);
  }
}
