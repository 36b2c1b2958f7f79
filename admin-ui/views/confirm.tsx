import type { VNode } from 'preact';
import { Form } from '../components/forms.js';
import { Problem } from '../components/message.js';
import { Foreign } from '../components/text.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import type { Section } from '../layouts/navigation.js';
import { t } from '../strings.js';

export interface Question {
  title: string;
  text: string;
  /** Who or what it is about. */
  about?: readonly string[];
  button: string;
  section: Section;
  cancel: string;
  action: string;
  fields: Record<string, string>;
  /** What was typed was wrong. */
  problem: boolean;
}

/** Asks once before something that cannot be taken back lightly. */
export function Confirm({ frame, typed, ...question }: Question & { frame: Frame; typed: string | undefined }): VNode {
  const { title, text, about = [], button, section, cancel, action, fields, problem } = question;
  return (
    <Console frame={frame} title={title} section={section}>
      <div class="card narrow">
        <Problem text={problem ? t.confirm.notTyped : undefined} />
        {about.length > 0 && (
          <ul>
            {about.map((one) => (
              <li key={one}>
                <strong>
                  <Foreign text={one} />
                </strong>
              </li>
            ))}
          </ul>
        )}
        <p>{text}</p>
        <Form frame={frame} action={action} fields={{ ...fields, confirm: 'yes', _back: cancel }}>
          {typed !== undefined && (
            <p class="field">
              <label for="typed">
                <bdi>{typed}</bdi>
              </label>
              <input type="text" id="typed" name="typed" autocomplete="off" required />
            </p>
          )}
          <div class="actions">
            <button type="submit" class="danger primary">
              {button}
            </button>
            <a class="button" href={cancel}>
              {t.confirm.cancel}
            </a>
          </div>
        </Form>
      </div>
    </Console>
  );
}
