import type { VNode } from 'preact';
import { Action, Form } from '../../components/forms.js';
import { TextInput } from '../../components/inputs.js';
import { Problem } from '../../components/message.js';
import type { Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';

interface Props {
  frame: Frame;
  /** The settings of the app. */
  back: string;
  id: string;
  address: string;
  comment: string;
  /** What is stored, to tell later what the reader changed. */
  was: { address: string; comment: string };
  problem: string | undefined;
}

/** A network that may call, to be changed. */
export function Network({ frame, back, id, address, comment, was, problem }: Props): VNode {
  return (
    <Console frame={frame} title={t.settings.editTitle} section="settings">
      <div class="card narrow">
        <Problem text={problem} />
        <Form frame={frame} action={`${back}/addresses/${id}`} fields={{ was: JSON.stringify(was) }}>
          <TextInput name="address" label={t.settings.address} value={address} maxLength={64} required />
          <TextInput name="comment" label={t.settings.comment} value={comment} maxLength={256} />
          <div class="actions">
            {frame.can.admin && (
              <button type="submit" class="primary">
                {t.settings.save}
              </button>
            )}
            <a class="button" href={back}>
              {t.confirm.cancel}
            </a>
          </div>
        </Form>
        {frame.can.admin && (
          <p class="below">
            <Action frame={frame} action={`${back}/addresses/${id}/remove`} label={t.settings.remove} kind="danger" />
          </p>
        )}
      </div>
    </Console>
  );
}
