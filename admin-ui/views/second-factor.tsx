import type { VNode } from 'preact';
import { Card } from '../components/card.js';
import { CopyLine, CopyLines } from '../components/copyable.js';
import { Form } from '../components/forms.js';
import { TextInput } from '../components/inputs.js';
import { Problem } from '../components/message.js';
import type { Frame } from '../frame.js';
import { Console } from '../layouts/console.js';
import { t } from '../strings.js';

interface SetUpProps {
  frame: Frame;
  /** Of the account. */
  path: string;
  secret: string;
  /** Dark or not, row by row. */
  picture: readonly (readonly boolean[])[];
  problem?: string | undefined;
}

/** A secret for an authenticator app, and the form that takes its first code. */
export function SetUpFactor({ frame, path, secret, picture, problem }: SetUpProps): VNode {
  return (
    <Console frame={frame} title={t.account.setUpTitle} section="account">
      <div class="card narrow">
        <Problem text={problem} />
        <p>{t.account.scan}</p>
        <Picture rows={picture} />
        <CopyLine id="secret" label={t.account.secret} value={secret} />
        <Form frame={frame} action={`${path}/totp/confirm`}>
          <TextInput name="totp" label={t.account.code} help={t.account.codeHelp} maxLength={8} required />
          <div class="actions">
            <button type="submit" class="primary">
              {t.account.confirm}
            </button>
            <a class="button" href={path}>
              {t.confirm.cancel}
            </a>
          </div>
        </Form>
      </div>
    </Console>
  );
}

/** Light on dark is not read by every app, so it is dark on light in either scheme. */
function Picture({ rows }: { rows: SetUpProps['picture'] }): VNode {
  const dark = rows.flatMap((row, y) => row.flatMap((is, x) => (is ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg class="qr" viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={t.account.picture}>
      <rect width={rows.length} height={rows.length} fill="#fff" />
      <path d={dark.join('')} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}

interface CodesProps {
  frame: Frame;
  title: string;
  /** Of the account. */
  path: string;
  codes: string[];
}

/** The codes for when the app is lost, shown this once. */
export function RecoveryCodes({ frame, title, path, codes }: CodesProps): VNode {
  return (
    <Console frame={frame} title={title} section="account">
      <Card id="recovery" title={t.shownOnce.text} narrow>
        <p>{t.account.recovery}</p>
        <CopyLines label={t.account.recoveryCodes} text={codes.join('\n')} />
        <p>
          <a class="button" href={path}>
            {t.account.back}
          </a>
        </p>
      </Card>
    </Console>
  );
}
