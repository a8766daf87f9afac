/** What an inspection found: sections of named values and tables, shown as text or as JSON. */

export type Row = readonly [name: string, value: string];

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Section {
  readonly title: string;
  readonly rows?: readonly Row[];
  readonly table?: Table;
  /** What is wrong or odd, a sentence each. */
  readonly problems?: readonly string[];
}

const GAP = 2;

function tableLines({ columns, rows }: Table): readonly string[] {
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)));
  return [columns, ...rows].map((row) =>
    `  ${row.map((cell, i) => cell.padEnd((widths[i] ?? 0) + GAP)).join('')}`.trimEnd(),
  );
}

/** Lines for a terminal. */
export function textLines(sections: readonly Section[]): readonly string[] {
  const names = sections.flatMap(({ rows = [] }) => rows.map(([name]) => name.length));
  const width = Math.max(0, ...names) + GAP;
  return sections.flatMap(({ title, rows = [], table, problems = [] }, i) => [
    ...(i === 0 ? [] : ['']),
    title,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}${value}`),
    ...(table === undefined ? [] : tableLines(table)),
    ...problems.map((problem) => `  ! ${problem}`),
  ]);
}

/** The same as data: `[{ title, NAME: value, entries: [{ COLUMN: cell }], problems }]`. */
export function json(sections: readonly Section[]): string {
  const plain = sections.map(({ title, rows = [], table, problems = [] }) => ({
    title,
    ...Object.fromEntries(rows),
    ...(table === undefined
      ? {}
      : {
          entries: table.rows.map((row) =>
            Object.fromEntries(table.columns.map((column, i) => [column, row[i] ?? ''])),
          ),
        }),
    ...(problems.length === 0 ? {} : { problems }),
  }));
  return JSON.stringify(plain, undefined, 2);
}
