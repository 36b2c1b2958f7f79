/** For `--json`: one value, to be read by programs and people. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
