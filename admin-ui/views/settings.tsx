import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Action, Form } from '../components/forms.js';
import { Checkbox, NumberInput, Select, TextArea, TextInput } from '../components/inputs.js';
import { Problem } from '../components/problem.js';
import { Badge, Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

/** As texts, the way they stand in the form. */
export interface TokenSettings {
  access: string;
  refresh: string;
  revocation: string;
  algorithm: string;
  keyDays: string;
}

interface Props {
  frame: Frame;
  path: string;
  tokens: TokenSettings;
  /** What is stored, to tell later what the reader changed. */
  stored: TokenSettings;
  origins: string;
  storedOrigins: string;
  customData: boolean;
  addresses: { id: string; address: string; comment: string; anywhere: boolean; current: boolean }[];
  problems?: { tokens?: string; origins?: string; addresses?: string };
  typedAddress?: string;
}

/** What an app is set to. */
export function Settings(props: Props): VNode {
  const { frame, path } = props;
  const { admin } = frame.can;
  return (
    <Console frame={frame} title={t.sections.settings} section="settings">
      <div class="columns">
        <Tokens {...props} />
        <Origins {...props} />
        <Card id="data" title={t.settings.data}>
          <Form frame={frame} action={`${path}/custom_data`}>
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

function Tokens({ frame, path, tokens, stored, problems = {} }: Props): VNode {
  const { strict, lax } = t.settings.revocations;
  return (
    <Card id="tokens" title={t.settings.tokens}>
      <Problem text={problems.tokens} />
      <Form frame={frame} action={`${path}/tokens`} fields={{ was: JSON.stringify(stored) }}>
        <NumberInput
          name="access"
          label={t.settings.access}
          help={t.settings.accessHelp}
          value={tokens.access}
          required
        />
        <NumberInput
          name="refresh"
          label={t.settings.refresh}
          help={t.settings.refreshHelp}
          value={tokens.refresh}
          required
        />
        <Select
          name="revocation"
          label={t.settings.revocation}
          value={tokens.revocation}
          options={[
            ['strict', strict],
            ['lax', lax],
          ]}
        />
        <Select
          name="algorithm"
          label={t.settings.algorithm}
          help={t.settings.algorithmHelp}
          value={tokens.algorithm}
          options={[
            ['ES256', 'ES256'],
            ['RS256', 'RS256'],
          ]}
        />
        <NumberInput
          name="keyDays"
          label={t.settings.keyDays}
          help={t.settings.keyDaysHelp}
          value={tokens.keyDays}
          min={0}
          required
        />
        {frame.can.admin && (
          <button type="submit" class="primary">
            {t.settings.save}
          </button>
        )}
      </Form>
    </Card>
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
              <code>{address}</code> {anywhere && <Badge kind="plain">{t.settings.anywhere}</Badge>}
              {current && !anywhere && <Badge kind="good">{t.settings.current}</Badge>}
              {comment !== '' && (
                <>
                  <br />
                  <Foreign text={comment} />
                </>
              )}
            </div>
            {admin && (
              <Action
                frame={frame}
                action={`${path}/addresses/${id}/remove`}
                label={t.settings.remove}
                about={address}
              />
            )}
          </li>
        ))}
      </ul>
      {admin && (
        <>
          <Problem text={problems.addresses} />
          <Form frame={frame} action={`${path}/addresses`}>
            <TextInput name="address" label={t.settings.address} value={typedAddress} maxLength={64} required />
            <TextInput name="comment" label={t.settings.comment} maxLength={256} />
            <button type="submit">{t.settings.add}</button>
          </Form>
        </>
      )}
    </Card>
  );
}
