import type { VNode } from 'preact';
import { Card } from '../../components/card.js';
import { Action } from '../../components/forms.js';
import { Table } from '../../components/table.js';
import { Badge } from '../../components/text.js';
import type { Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';

export interface ProviderRow {
  id: string;
  name: string;
  type: string;
  disabled: boolean;
}

interface Props {
  frame: Frame;
  path: string;
  providers: ProviderRow[];
  /** Types that can be added, and the services that they can be filled in for. */
  addable: { type: string; presets: { id: string; title: string }[] }[];
}

/** The ways to log in to an app. */
export function Providers({ frame, path, providers, addable }: Props): VNode {
  return (
    <Console frame={frame} title={t.sections.providers} section="providers">
      <p>{t.providers.intro}</p>
      <Table label={t.sections.providers} columns={[t.providers.name, t.providers.state, '']}>
        {providers.map((provider) => (
          <Row key={provider.id} frame={frame} path={path} provider={provider} />
        ))}
      </Table>
      {frame.can.admin && (
        <Card id="add" title={t.providers.add}>
          {addable.length === 0 && <p>{t.providers.all}</p>}
          <ul class="records">
            {addable.map(({ type, presets }) => (
              <li key={type}>
                <div>
                  <strong>{t.providers.titles[type] ?? type}</strong> <code class="quiet">{type}</code>
                  <br />
                  {t.providers.summary[type]}
                  {presets.length > 0 && (
                    <>
                      <br />
                      {t.providers.presets}:{' '}
                      {presets.map(({ id, title }, i) => (
                        <span key={id}>
                          {i > 0 && ', '}
                          <a href={`${path}/new/${type}?preset=${id}`}>{title}</a>
                        </span>
                      ))}
                    </>
                  )}
                </div>
                <a class="button" href={`${path}/new/${type}`}>
                  {t.providers.addOne(type)}
                </a>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Console>
  );
}

function Row({ frame, path, provider }: { frame: Frame; path: string; provider: ProviderRow }): VNode {
  const { id, name, type, disabled } = provider;
  const { admin } = frame.can;
  return (
    <tr>
      <td>
        <a href={`${path}/${id}`}>{name}</a>
        <span class="quiet"> {t.providers.titles[type] ?? type}</span>
        <br />
        <small class="quiet">{t.providers.summary[type]}</small>
      </td>
      <td>
        <Badge kind={disabled ? 'plain' : 'good'}>{disabled ? t.providers.off : t.providers.on}</Badge>
      </td>
      <td class="buttons">
        {admin && (
          <Action
            frame={frame}
            action={`${path}/${id}/${disabled ? 'on' : 'off'}`}
            label={disabled ? t.providers.turnOn : t.providers.turnOff}
            about={name}
          />
        )}
        {admin && disabled && (
          <Action frame={frame} action={`${path}/${id}/delete`} label={t.providers.delete} about={name} kind="danger" />
        )}
      </td>
    </tr>
  );
}
