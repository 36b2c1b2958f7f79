import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Chart, Legend } from '../components/chart.js';
import { Table } from '../components/table.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export const COUNTED = ['logins', 'activeUsers', 'signUps', 'failures'] as const;
export type Counted = (typeof COUNTED)[number];

export const RANGES = [30, 90, 365] as const;

interface Props {
  frame: Frame;
  path: string;
  range: number;
  byProvider: boolean;
  /** All days of the range, oldest first. */
  days: string[];
  records: ({ day: string; provider?: string } & Record<Counted, number>)[];
}

/** Counts over time, as pictures with the numbers behind them. */
export function Statistics({ frame, path, range, byProvider, days, records }: Props): VNode {
  const providers = [...new Set(records.map(({ provider = '' }) => provider))].sort();
  return (
    <Console frame={frame} title={t.sections.statistics} section="statistics">
      <nav class="tabs" aria-label={t.statistics.range}>
        {RANGES.map((one) => (
          <Tab
            key={one}
            href={path + queryFor(one, byProvider)}
            current={one === range}
            text={t.statistics.days(one)}
          />
        ))}
        <span class="gap" />
        <Tab href={path + queryFor(range, false)} current={!byProvider} text={t.statistics.together} />
        <Tab href={path + queryFor(range, true)} current={byProvider} text={t.statistics.byProvider} />
      </nav>
      {records.length === 0 ? (
        <p class="empty">{t.statistics.empty}</p>
      ) : (
        <>
          {byProvider && <Legend names={providers} />}
          <div class="columns">
            {COUNTED.map((counted) => (
              <Card key={counted} id={counted} title={t.statistics[counted]}>
                <Chart
                  label={labelOf(counted, records, days)}
                  days={days}
                  series={providers.map((name) => ({ name, values: valuesOf(records, days, name, counted) }))}
                />
              </Card>
            ))}
          </div>
          <details class="numbers">
            <summary>{t.statistics.table}</summary>
            <Numbers byProvider={byProvider} records={records} />
          </details>
        </>
      )}
    </Console>
  );
}

function Tab({ href, current, text }: { href: string; current: boolean; text: string }): VNode {
  return (
    <a class="button" href={href} aria-current={current ? 'true' : undefined}>
      {text}
    </a>
  );
}

function Numbers({ byProvider, records }: Pick<Props, 'byProvider' | 'records'>): VNode {
  const counted = COUNTED.map((one) => t.statistics[one]);
  const columns = [t.statistics.day, ...(byProvider ? [t.statistics.provider] : []), ...counted];
  return (
    <Table label={t.statistics.table} columns={columns}>
      {[...records].reverse().map((record) => (
        <tr key={record.day + (record.provider ?? '')}>
          <th scope="row">{record.day}</th>
          {byProvider && <td>{record.provider}</td>}
          {COUNTED.map((one) => (
            <td key={one} class="number">
              {record[one].toLocaleString('en')}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

function valuesOf(records: Props['records'], days: string[], provider: string, counted: Counted): number[] {
  const byDay = new Map(
    records.filter((one) => (one.provider ?? '') === provider).map((one) => [one.day, one[counted]]),
  );
  return days.map((day) => byDay.get(day) ?? 0);
}

function labelOf(counted: Counted, records: Props['records'], days: string[]): string {
  const totals = days.map((day) => {
    return records.filter((one) => one.day === day).reduce((sum, one) => sum + one[counted], 0);
  });
  const most = Math.max(0, ...totals);
  const what = t.statistics[counted];
  // Whoever came on two days is one of the active users of each: their sum says nothing.
  if (counted === 'activeUsers') return t.statistics.activeChart(what, most);
  return t.statistics.chart(
    what,
    totals.reduce((sum, one) => sum + one, 0),
    most,
  );
}

function queryFor(range: number, byProvider: boolean): string {
  return `?days=${range}${byProvider ? '&by=provider' : ''}`;
}
