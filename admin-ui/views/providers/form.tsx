import type { VNode } from 'preact';
import { CopyLine } from '../../components/copyable.js';
import { Action, Form } from '../../components/forms.js';
import { Checkbox, Select, TextArea, TextInput } from '../../components/inputs.js';
import { Message, Problem } from '../../components/message.js';
import { Foreign } from '../../components/text.js';
import type { Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';

/** One setting, as the provider's schema has it. */
export interface SettingField {
  /** `config.clientId` */
  name: string;
  label: string;
  help?: string | undefined;
  kind: 'text' | 'number' | 'flag' | 'choice' | 'lines' | 'json' | 'secret' | 'secrets';
  options: string[];
  required: boolean;
  value: string;
}

interface Props {
  frame: Frame;
  /** Where the form goes. */
  action: string;
  back: string;
  type: string;
  /** Of one that there is; a new one of a type that an app may have many of is given one. */
  name: string;
  isNew: boolean;
  named: boolean;
  fields: SettingField[];
  /** What is stored, to tell later what the reader changed. */
  was: Record<string, string>;
  secrets: string[];
  redirectUrl: string | undefined;
  /** This server can log in with it. */
  available: boolean;
  problem?: string | undefined;
  /** Services that a new one can be filled in for. */
  presets: { id: string; title: string; current: boolean }[];
  /** Of the one that it is filled in for. */
  presetHelp?: string | undefined;
  /** What a test found. */
  trials?: { what: string; problem?: string; note?: string }[] | undefined;
}

/** The settings of a provider, as a form that its schema draws. */
export function ProviderForm(props: Props): VNode {
  const { frame, action, back, type, name, isNew, named, fields, was, secrets, problem, redirectUrl, available } =
    props;
  return (
    <Console
      frame={frame}
      title={isNew ? t.providers.addOne(type) : name}
      section="providers"
      actions={
        <a class="button" href={back}>
          {t.sections.providers}
        </a>
      }
    >
      <p>{t.providers.summary[type]}</p>
      {props.presets.length > 0 && <Presets presets={props.presets} action={action} help={props.presetHelp} />}
      {!available && <p class="notice">{t.providers.notHere}</p>}
      {props.trials && <Trials trials={props.trials} />}
      <div class="card form">
        <Problem text={problem} />
        {redirectUrl !== undefined && <CopyLine id="redirect" label={t.providers.redirect} value={redirectUrl} />}
        <Form frame={frame} action={action} fields={{ was: JSON.stringify(was) }}>
          {named && (
            <TextInput name="name" label={t.providers.name} help={t.providers.nameHelp} value={name} required />
          )}
          {fields.length === 0 && <p>{t.providers.nothing}</p>}
          {fields.map((field) => (
            <Setting key={field.name} field={field} />
          ))}
          <datalist id="secrets">
            {secrets.map((secret) => (
              <option key={secret} value={secret} />
            ))}
          </datalist>
          {frame.can.admin && (isNew || fields.length > 0) && (
            <button type="submit" class="primary">
              {isNew ? t.providers.create : t.providers.save}
            </button>
          )}
        </Form>
        {!isNew && frame.can.admin && available && (
          <p class="below">
            <Action frame={frame} action={`${action}/test`} label={t.providers.test} /> {t.providers.testHelp}
          </p>
        )}
        {!isNew && frame.can.admin && available && redirectUrl !== undefined && (
          <p class="below">
            <Action frame={frame} action={`${action}/login`} label={t.providers.testLogin} />{' '}
            {t.providers.testLoginHelp}
          </p>
        )}
      </div>
    </Console>
  );
}

function Presets({ presets, action, help }: Pick<Props, 'presets' | 'action'> & { help: string | undefined }): VNode {
  return (
    <>
      <nav class="tabs" aria-label={t.providers.presets}>
        {presets.map(({ id, title, current }) => (
          <a key={id} class="button" href={`${action}?preset=${id}`} aria-current={current ? 'true' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      {help !== undefined && <p class="notice">{help}</p>}
    </>
  );
}

function Trials({ trials }: { trials: NonNullable<Props['trials']> }): VNode {
  const good = trials.every(({ problem }) => problem === undefined);
  return (
    <Message kind={good ? 'done' : 'failed'}>
      {good ? t.providers.testGood : t.providers.testBad}
      <ul>
        {trials.map(({ what, problem, note }) => (
          <li key={what}>
            {problem === undefined ? '✓' : '✗'} {what} <Foreign text={problem ?? note ?? ''} />
          </li>
        ))}
      </ul>
    </Message>
  );
}

const HELP: Partial<Record<SettingField['kind'], string>> = {
  lines: t.providers.linesHelp,
  json: t.providers.jsonHelp,
  secret: t.providers.secretHelp,
  secrets: `${t.providers.secretHelp} ${t.providers.linesHelp}`,
};

function Setting({ field }: { field: SettingField }): VNode {
  const { name, label, kind, options, required, value } = field;
  const common = { name: `set:${name}`, label, help: [field.help, HELP[kind]].filter(Boolean).join(' ') || undefined };
  switch (kind) {
    case 'flag':
      return <Checkbox {...common} checked={value === 'on'} />;
    case 'choice': {
      const choices = options.map((option) => [option, option] as const);
      return <Select {...common} value={value} options={required ? choices : [['', t.providers.notSet], ...choices]} />;
    }
    case 'lines':
    case 'secrets':
      return <TextArea {...common} value={value} rows={3} />;
    case 'json':
      return <TextArea {...common} value={value} rows={6} />;
    case 'secret':
      return <TextInput {...common} value={value} required={required} list="secrets" />;
    case 'number':
    case 'text':
      return <TextInput {...common} value={value} required={required} />;
  }
}
