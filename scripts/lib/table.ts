/**
 * Text tables for people.
 *
 * Owns: their layout. Called by: scripts.
 */

/** Left-aligned columns under a ruled head. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd()}`;
  return [line(columns), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n");
}
