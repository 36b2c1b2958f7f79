/** What came out of one workload, a value for each round. */
export interface Row {
  name: string;
  unit: string;
  bare: number[];
  latchkey: number[];
  /** What `must` and `aim` are about: how the two compare, or what Latchkey takes. */
  figure: number[];
  must: number;
  aim: number;
  /** The smaller the figure the better: times and memory. */
  smaller?: true;
}

const HEAD = ['', 'bare', 'Latchkey', 'ratio', 'spread', 'must', 'aim', ''];

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}

/** A Markdown table, so that the README can carry it as printed. */
export function table(rows: Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] ?? '').length)));
  const print = (line: string[]) =>
    `| ${line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [print(HEAD), rule, ...lines.slice(1).map(print)].join('\n');
}

function cells(row: Row): string[] {
  const { name, unit, bare, latchkey, figure, must, aim } = row;
  const spread = `${short(Math.min(...figure))}–${short(Math.max(...figure))}`;
  return [
    name,
    `${short(median(bare))} ${unit}`,
    `${short(median(latchkey))} ${unit}`,
    short(median(figure)),
    spread,
    String(must),
    String(aim),
    verdict(row),
  ];
}

function verdict({ figure, must, aim, smaller }: Row): string {
  const reached = (limit: number) => (smaller ? median(figure) <= limit : median(figure) >= limit);
  if (!reached(must)) return 'misses must';
  return reached(aim) ? 'aim' : 'must';
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}
