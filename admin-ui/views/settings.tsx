import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Action, Form } from '../components/forms.js';
import { Checkbox, TextArea, TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { Badge, cut, Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';
import { SettingsCard, type CardName, type SettingTexts } from './settings/card.js';

export type { CardName, SettingTexts } from './settings/card.js';

interface Props {
  frame: Frame;
  path: string;
  /** By name; one that is about a provider is there where the app has it. */
  cards: Partial<Record<CardName, { texts: SettingTexts; stored: SettingTexts }>>;
  origins: string;
  storedOrigins: string;
  customData: boolean;
  addresses: { id: string; address: string; comment: string; anywhere: boolean; current: boolean }[];
  problems?: Partial<Record<CardName | 'origins' | 'addresses', string>>;
  typedAddress?: { address: string; comment: string };
}

/** What an app is set to. */
export function Settings(props: Props): VNode {
  const { frame, path } = props;
  const { admin } = frame.can;
  return (
    <Console frame={frame} title={t.sections.settings} section="settings">
      <div class="columns">
        {(Object.keys(t.settings.cards) as CardName[]).map((name) => {
          const card = props.cards[name];
          return (
            card && <SettingsCard key={name} {...{ frame, path, name, ...card }} problem={props.problems?.[name]} />
          );
        })}
        <Origins {...props} />
        <Card id="data" title={t.settings.data}>
          <Form
            frame={frame}
            action={`${path}/custom_data`}
            fields={{ was: JSON.stringify({ enabled: props.customData }) }}
          >
            <Checkbox
              name="enabled"
              label={t.settings.dataLabel}
              help={t.settings.dataHelp}
              checked={props.customData}
            />
            {admin && <button type="submit">{t.settings.saveData}</button>}
          </Form>
        </Card>
        <Addresses {...props} />
        {admin && (
          <Card id="delete" title={t.settings.delete}>
            <p>{t.settings.deleteText}</p>
            <Action frame={frame} action={`${path}/delete`} label={t.settings.delete} kind="danger" />
          </Card>
        )}
      </div>
    </Console>
  );
}

function Origins({ frame, path, origins, storedOrigins, problems = {} }: Props): VNode {
  return (
    <Card id="origins" title={t.settings.origins}>
      <Problem text={problems.origins} />
      <Form frame={frame} action={`${path}/origins`} fields={{ was: storedOrigins }}>
        <TextArea
          name="origins"
          id="origins-list"
          label={t.settings.originsLabel}
          help={t.settings.originsHelp}
          value={origins}
        />
        {frame.can.admin && <button type="submit">{t.settings.saveOrigins}</button>}
      </Form>
    </Card>
  );
}

function Addresses({ frame, path, addresses, problems = {}, typedAddress }: Props): VNode {
  const { admin } = frame.can;
  return (
    <Card id="addresses" title={t.settings.addresses}>
      <ul class="records">
        {addresses.map(({ id, address, comment, anywhere, current }) => (
          <li key={id}>
            <div>
              {admin ? <a href={`${path}/addresses/${id}`}>{address}</a> : address}{' '}
              {anywhere && <Badge kind="plain">{t.settings.anywhere}</Badge>}
              {current && !anywhere && <Badge kind="good">{t.settings.current}</Badge>}
              {comment !== '' && (
                <>
                  <br />
                  <Foreign text={cut(comment, 60)} />
                </>
              )}
            </div>
          </li>
        ))}
      </ul>
      {admin && (
        <>
          <Problem text={problems.addresses} />
          <Form frame={frame} action={`${path}/addresses`}>
            <TextInput
              name="address"
              label={t.settings.address}
              value={typedAddress?.address}
              maxLength={64}
              required
            />
            <TextInput name="comment" label={t.settings.comment} value={typedAddress?.comment} maxLength={256} />
            <button type="submit">{t.settings.add}</button>
          </Form>
        </>
      )}
    </Card>
  );
}
