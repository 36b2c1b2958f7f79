import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { Form } from '../components/forms.js';
import { Select, TextArea, TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import { Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

export const TEXT_FIELDS = ['subject', 'intro', 'button', 'outro'] as const;
export type TextFields = Record<(typeof TEXT_FIELDS)[number], string>;
export type TemplateName = keyof typeof t.mailTexts.templates;

interface Props {
  frame: Frame;
  path: string;
  template: TemplateName;
  locale: string;
  locales: readonly string[];
  texts: TextFields;
  /** What is stored, to tell later what somebody else changed. */
  was: TextFields;
  preview: { subject: string; text: string; from?: string | undefined };
  sender: string;
  /** What is stored, to tell later what somebody else changed. */
  senderWas: { sender: string; locale: string };
  defaultLocale: string;
  problem?: string | undefined;
  senderProblem?: string | undefined;
}

/** What the mails of an app say, one at a time. */
export function MailTexts(props: Props): VNode {
  const { frame, path, template, locale, locales, preview } = props;
  const languages = locales.map((one) => [one, t.mailTexts.locales[one] ?? one] as const);
  const templates = Object.entries(t.mailTexts.templates);
  return (
    <Console
      frame={frame}
      title={t.mailTexts.title}
      section="mails"
      actions={
        <a class="button" href={path.replace(/\/texts$/, '')}>
          {t.sections.mails}
        </a>
      }
    >
      <form class="filters" action={path} aria-label={t.mailTexts.choose}>
        <Select name="template" label={t.mailTexts.template} value={template} options={templates} />
        <Select name="locale" label={t.mailTexts.language} value={locale} options={languages} />
        <div class="actions">
          <button type="submit">{t.mailTexts.show}</button>
        </div>
      </form>
      <div class="columns">
        <Words {...props} />
        <Card id="preview" title={t.mailTexts.asItIs}>
          <p>
            <strong>
              <Foreign text={preview.subject} />
            </strong>
          </p>
          {preview.from !== undefined && (
            <p class="quiet">
              <Foreign text={preview.from} />
            </p>
          )}
          <pre class="mail" tabIndex={0}>
            {preview.text}
          </pre>
        </Card>
        <Sender {...props} languages={languages} />
      </div>
    </Console>
  );
}

function Words({ frame, path, template, locale, texts, was, problem }: Props): VNode {
  const readOnly = !frame.can.admin;
  return (
    <Card id="words" title={`${t.mailTexts.templates[template]} (${t.mailTexts.locales[locale] ?? locale})`}>
      <Problem text={problem} />
      <p>{t.mailTexts.help}</p>
      <Form frame={frame} action={path} fields={{ template, locale, was: JSON.stringify(was) }}>
        <TextInput
          name="subject"
          label={t.mailTexts.subject}
          value={texts.subject}
          maxLength={256}
          readOnly={readOnly}
        />
        <TextArea name="intro" label={t.mailTexts.intro} value={texts.intro} readOnly={readOnly} />
        <TextInput name="button" label={t.mailTexts.button} value={texts.button} maxLength={256} readOnly={readOnly} />
        <TextArea name="outro" label={t.mailTexts.outro} value={texts.outro} readOnly={readOnly} />
        {!readOnly && (
          <div class="actions">
            <button type="submit" name="do" value="save" class="primary">
              {t.mailTexts.save}
            </button>
            <button type="submit" name="do" value="preview">
              {t.mailTexts.preview}
            </button>
            <button type="submit" name="do" value="test">
              {t.mailTexts.test}
            </button>
          </div>
        )}
      </Form>
    </Card>
  );
}

type SenderProps = Props & { languages: readonly (readonly [string, string])[] };

function Sender({ frame, path, sender, senderWas, defaultLocale, senderProblem, languages }: SenderProps): VNode {
  return (
    <Card id="sender" title={t.mailTexts.sender}>
      <Problem text={senderProblem} />
      <Form frame={frame} action={`${path}/sender`} fields={{ was: JSON.stringify(senderWas) }}>
        <TextInput name="sender" label={t.mailTexts.from} help={t.mailTexts.fromHelp} value={sender} maxLength={256} />
        <Select
          id="default-locale"
          name="locale"
          label={t.mailTexts.locale}
          value={defaultLocale}
          options={languages}
        />
        {frame.can.admin && <button type="submit">{t.mailTexts.saveSender}</button>}
      </Form>
    </Card>
  );
}
