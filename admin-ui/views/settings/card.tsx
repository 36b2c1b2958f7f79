import type { VNode } from 'preact';
import { Card } from '../../components/card.js';
import { Form } from '../../components/forms.js';
import { Checkbox, NumberInput, Select } from '../../components/inputs.js';
import { Problem } from '../../components/message.js';
import type { Frame } from '../../frame.js';
import { t } from '../../strings.js';

/** By the name of the field, the way it stands in the form. */
export type SettingTexts = Record<string, string>;
export type CardName = keyof typeof t.settings.cards;

type FieldName = keyof typeof t.settings.labels;
type Option = keyof typeof t.settings.options;

/** What is one of several, and what is yes or no; the rest are numbers. */
const OPTIONS: Partial<Record<FieldName, readonly Option[]>> = {
  revocation: ['strict', 'lax'],
  algorithm: ['ES256', 'RS256'],
  mode: ['stable', 'rotating'],
  moved: ['audit', 'end'],
};
const FLAGS: readonly FieldName[] = ['byEmail', 'common', 'breached', 'privacy'];

interface Props {
  frame: Frame;
  path: string;
  name: CardName;
  texts: SettingTexts;
  /** What is stored, to tell later what the reader changed. */
  stored: SettingTexts;
  problem: string | undefined;
}

/** Settings that are saved together. */
export function SettingsCard({ frame, path, name, texts, stored, problem }: Props): VNode {
  return (
    <Card id={name} title={t.settings.cards[name]}>
      <Problem text={problem} />
      <Form frame={frame} action={`${path}/${name}`} fields={{ was: JSON.stringify(stored) }}>
        {Object.entries(texts).map(([field, text]) => (
          <Setting key={field} name={field as FieldName} text={text} />
        ))}
        {frame.can.admin && (
          <button type="submit" class="primary" aria-describedby={name}>
            {t.settings.save}
          </button>
        )}
      </Form>
    </Card>
  );
}

function Setting({ name, text }: { name: FieldName; text: string }): VNode {
  const help = (t.settings.help as Partial<Record<FieldName, string>>)[name];
  const field = { name, label: t.settings.labels[name], help };
  const options = OPTIONS[name];
  if (options) {
    return <Select {...field} value={text} options={options.map((option) => [option, t.settings.options[option]])} />;
  }
  if (FLAGS.includes(name)) return <Checkbox {...field} checked={text === 'on'} />;
  return <NumberInput {...field} value={text} min={0} required />;
}
