import type { VNode } from 'preact';

interface Props {
  /** What is to be seen, in words. */
  label: string;
  days: readonly string[];
  /** One number for each day; several stand on one another. */
  series: readonly { name: string; values: readonly number[] }[];
}

const WIDTH = 600;
const HEIGHT = 160;
const TOP = 14;
const BOTTOM = 18;
const COLOURS = 6;

/** Bars, a day each. The numbers themselves belong into a table beside it. */
export function Chart({ label, days, series }: Props): VNode {
  const totals = days.map((_, day) => series.reduce((sum, { values }) => sum + (values[day] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const step = WIDTH / days.length;
  const scale = (HEIGHT - TOP - BOTTOM) / most;
  const base = HEIGHT - BOTTOM;
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <line x1="0" x2={WIDTH} y1={TOP} y2={TOP} class="grid" />
      <line x1="0" x2={WIDTH} y1={base} y2={base} class="axis" />
      {days.map((day, i) => {
        let y = base;
        return series.map(({ name, values }, one) => {
          const height = (values[i] ?? 0) * scale;
          y -= height;
          if (height === 0) return null;
          return (
            <rect
              key={`${day}${name}`}
              class={`series-${one % COLOURS}`}
              x={round(i * step + step * 0.1)}
              y={round(y)}
              width={round(step * 0.8)}
              height={round(height)}
            />
          );
        });
      })}
      <text x="0" y={TOP - 3}>
        {Math.max(...totals).toLocaleString('en')}
      </text>
      <text x="0" y={HEIGHT - 4}>
        {days[0]}
      </text>
      <text x={WIDTH} y={HEIGHT - 4} text-anchor="end">
        {days.at(-1)}
      </text>
    </svg>
  );
}

/** What colour is which. */
export function Legend({ names }: { names: readonly string[] }): VNode {
  return (
    <ul class="legend">
      {names.map((name, i) => (
        <li key={name}>
          <svg width="12" height="12" aria-hidden="true">
            <rect width="12" height="12" class={`series-${i % COLOURS}`} />
          </svg>{' '}
          {name}
        </li>
      ))}
    </ul>
  );
}

function round(x: number): number {
  return Math.round(x * 10) / 10;
}
