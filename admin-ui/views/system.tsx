import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Time } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export interface SystemFacts {
  version: string;
  node: string;
  startedAt: Date;
  store: {
    kind: 'embedded' | 'mongodb';
    database: string;
    writable: boolean;
    dataBytes: number;
    storageBytes: number;
    disk: { freeBytes: number; totalBytes: number } | undefined;
  };
  counts: Record<'apps' | 'users' | 'sessions', number>;
  warnings: { code: string; message: string }[];
}

/** The server as a whole, and what its operator should do. */
export function System({ frame, facts }: { frame: Frame; facts: SystemFacts }): VNode {
  const { version, node, startedAt, counts, warnings } = facts;
  return (
    <Console frame={frame} title={t.sections.system} section="system">
      <div class="columns">
        <Card id="warnings" title={t.system.warnings}>
          {warnings.length === 0 && <p>{t.system.noWarnings}</p>}
          <ul class="plain">
            {warnings.map(({ code, message }) => (
              <li key={code} class="notice">
                {message}
              </li>
            ))}
          </ul>
        </Card>
        <Card id="server" title={t.system.server}>
          <dl>
            <Fact name={t.system.url} value={frame.publicUrl} />
            <Fact name={t.system.version} value={version} />
            <Fact name={t.system.node} value={node} />
            <dt>{t.system.started}</dt>
            <dd>
              <Time at={startedAt} now={frame.now} />
            </dd>
          </dl>
        </Card>
        <Store store={facts.store} />
        <Card id="counts" title={t.system.counts}>
          <dl>
            <Fact name={t.system.apps} value={counts.apps.toLocaleString('en')} />
            <Fact name={t.system.users} value={counts.users.toLocaleString('en')} />
            <Fact name={t.system.sessions} value={counts.sessions.toLocaleString('en')} />
          </dl>
        </Card>
      </div>
    </Console>
  );
}

function Store({ store }: { store: SystemFacts['store'] }): VNode {
  const { kind, database, writable, dataBytes, storageBytes, disk } = store;
  return (
    <Card id="store" title={t.system.store}>
      <dl>
        <Fact name={t.system.store} value={t.system.kind[kind]} />
        <Fact name={t.system.database} value={database} />
        <Fact name={t.system.writable} value={writable ? t.system.yes : t.system.no} />
        <Fact name={t.system.data} value={size(dataBytes)} />
        <Fact name={t.system.storage} value={size(storageBytes)} />
        {disk && <Fact name={t.system.free} value={t.system.of(size(disk.freeBytes), size(disk.totalBytes))} />}
      </dl>
    </Card>
  );
}

function Fact({ name, value }: { name: string; value: string }): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1_000 ** power;
  return `${value.toLocaleString('en', { maximumFractionDigits: power === 0 ? 0 : 1 })} ${UNITS[power]}`;
}
