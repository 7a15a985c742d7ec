import { TableError } from '../table-error.js';

const SIGNATURES: readonly { bytes: readonly number[]; what: string; hint: string }[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'a ZIP archive or an Excel workbook (XLSX)',
    hint: 'Unpack it, or save the sheet as CSV, and send that file.',
  },
  { bytes: [0x50, 0x4b, 0x05, 0x06], what: 'an empty ZIP archive', hint: 'Send the CSV file itself.' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document', hint: 'Export the table as CSV and send that.' },
  { bytes: [0x1f, 0x8b], what: 'a gzip archive', hint: 'Unpack it and send the CSV file.' },
  { bytes: [0x42, 0x5a, 0x68], what: 'a bzip2 archive', hint: 'Unpack it and send the CSV file.' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'an xz archive', hint: 'Unpack it and send the CSV file.' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'a Zstandard archive', hint: 'Unpack it and send the CSV file.' },
  {
    bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
    what: 'a 7-Zip archive',
    hint: 'Unpack it and send the CSV file.',
  },
  { bytes: [0x52, 0x61, 0x72, 0x21], what: 'a RAR archive', hint: 'Unpack it and send the CSV file.' },
  {
    bytes: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1],
    what: 'an old Excel or Word document',
    hint: 'Save the sheet as CSV and send that.',
  },
  {
    bytes: [0x50, 0x41, 0x52, 0x31],
    what: 'a Parquet file',
    hint: 'Only CSV and TSV are read so far: export it as CSV.',
  },
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG image', hint: 'Send a CSV file.' },
  { bytes: [0xff, 0xd8, 0xff], what: 'a JPEG image', hint: 'Send a CSV file.' },
  { bytes: [0x47, 0x49, 0x46, 0x38], what: 'a GIF image', hint: 'Send a CSV file.' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'a program', hint: 'Send a CSV file.' },
  {
    bytes: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66],
    what: 'an SQLite database',
    hint: 'Export the table as CSV and send that.',
  },
];

/** @throws TableError `not-text` when the first bytes are those of a known binary format, whatever the file is called */
export function refuseBinaryFormats(head: Uint8Array): void {
  const found = SIGNATURES.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (found) throw new TableError('not-text', `The file is ${found.what}, not a CSV table. ${found.hint}`);
}
