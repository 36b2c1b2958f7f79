import type { VNode } from 'preact';
import { Action } from '../../components/forms.js';
import { Message } from '../../components/message.js';
import { Foreign } from '../../components/text.js';
import type { Frame } from '../../frame.js';
import { Console } from '../../layouts/console.js';
import { t } from '../../strings.js';

interface LeaveProps {
  frame: Frame;
  /** The page of the provider. */
  back: string;
  name: string;
  /** Of the identity provider's page. */
  location: string;
}

/** What is about to happen, and the link that leads to the identity provider. */
export function LeaveForTrial({ frame, back, name, location }: LeaveProps): VNode {
  return (
    <Console frame={frame} title={t.trial.title(name)} section="providers">
      <div class="card narrow">
        <p>{t.trial.intro}</p>
        <div class="actions">
          <a class="button primary" href={location} rel="noreferrer">
            {t.trial.leave(new URL(location).host)}
          </a>
          <a class="button" href={back}>
            {t.confirm.cancel}
          </a>
        </div>
      </div>
    </Console>
  );
}

interface OutcomeProps {
  frame: Frame;
  back: string;
  name: string;
  outcome: { subject: string; data: [name: string, value: string][]; joins?: boolean } | { problem: string };
  /** The page of whoever has the identity already. */
  user: string | undefined;
}

/** Who it was, and what would have been stored. */
export function TrialOutcomePage({ frame, back, name, outcome, user }: OutcomeProps): VNode {
  return (
    <Console frame={frame} title={t.trial.title(name)} section="providers">
      {'problem' in outcome ? (
        <Message kind="failed">
          {t.trial.failed} <Foreign text={outcome.problem} />
        </Message>
      ) : (
        <>
          <Message kind="done">{t.trial.worked}</Message>
          <div class="card narrow">
            <dl>
              <dt>{t.trial.subject}</dt>
              <dd>
                <code>
                  <Foreign text={outcome.subject} />
                </code>
              </dd>
              {outcome.data.map(([field, value]) => (
                <>
                  <dt>
                    <Foreign text={field} />
                  </dt>
                  <dd>
                    <Foreign text={value} />
                  </dd>
                </>
              ))}
            </dl>
            {outcome.data.length === 0 && <p>{t.trial.nothingKept}</p>}
            <p class="below">
              {user === undefined ? (
                t.trial.newUser
              ) : (
                <a href={user}>{outcome.joins ? t.trial.joinedUser : t.trial.knownUser}</a>
              )}
            </p>
          </div>
        </>
      )}
      <div class="actions">
        <Action frame={frame} action={`${back}/login`} label={t.trial.again} />
        <a class="button" href={back}>
          {name}
        </a>
      </div>
    </Console>
  );
}
