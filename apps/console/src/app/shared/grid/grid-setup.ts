import {
  CellStyleModule,
  ColumnApiModule,
  InfiniteRowModelModule,
  type Module,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
  themeQuartz,
} from 'ag-grid-community';

export const GRID_MODULES: Module[] = [
  CellStyleModule,
  ColumnApiModule,
  InfiniteRowModelModule,
  RenderApiModule,
  RowApiModule,
  ScrollApiModule,
];

/** The grid in the house's tokens; they follow light and dark by themselves. */
export const GRID_THEME = themeQuartz.withParams({
  accentColor: 'var(--mat-sys-primary)',
  backgroundColor: 'var(--mat-sys-surface)',
  foregroundColor: 'var(--mat-sys-on-surface)',
  textColor: 'var(--mat-sys-on-surface)',
  headerTextColor: 'var(--mat-sys-on-surface)',
  headerBackgroundColor: 'var(--mat-sys-surface-container-low)',
  borderColor: 'var(--mat-sys-outline-variant)',
  rowHoverColor: 'color-mix(in srgb, var(--mat-sys-primary) 5%, transparent)',
  oddRowBackgroundColor: 'var(--mat-sys-surface)',
  browserColorScheme: 'inherit',
  fontFamily: 'var(--mw-font)',
  fontSize: 13,
  headerFontSize: 13,
  rowHeight: 32,
  headerHeight: 98,
  cellHorizontalPadding: 10,
  wrapperBorderRadius: 12,
  columnBorder: { color: 'color-mix(in srgb, var(--mat-sys-outline-variant) 55%, transparent)' },
});
