/** A model card as a list of blocks, drawn as a page and as a document alike. */
export type CardBlock =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      /** Columns from this one on hold numbers and are set to the right. */
      readonly numbersFrom: number;
      readonly rows: readonly (readonly string[])[];
    }
  | {
      readonly kind: 'bars';
      readonly label: string;
      readonly items: readonly { readonly name: string; readonly value: number }[];
    }
  | {
      readonly kind: 'curve';
      readonly label: string;
      readonly x: string;
      readonly y: string;
      /** Points in 0 to 1 on both axes, and whether to draw the diagonal to compare with. */
      readonly points: readonly (readonly [number, number])[];
      readonly diagonal: boolean;
    }
  | { readonly kind: 'code'; readonly text: string };

export interface CardDocument {
  readonly title: string;
  readonly subtitle: string;
  readonly blocks: readonly CardBlock[];
  /** When it was written. */
  readonly at: Date;
}
