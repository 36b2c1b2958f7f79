/** What a spreadsheet would take for the beginning of a formula (C32). */
const FORMULA = /^[=+\-@\t\r\n]/;

/** One line of RFC 4180. A cell that a spreadsheet would calculate is marked as text. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
