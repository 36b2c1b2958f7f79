import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AccountDone,
  AccountForm,
  AccountLinkNotValid,
  AccountProblem,
  type Step,
} from '../../../../admin-ui/views/account/pages.js';
import { TEXTS, type Locale } from '../../../../admin-ui/views/account/texts.js';
import type { App } from '../../../apps/app.model.js';
import { MOST } from '../../../crypto/passwords/check-password.js';
import { answerTo } from '../../../errors/error-body.js';
import { LatchkeyError } from '../../../errors/latchkey-error.js';
import { sendPage } from '../../../http/page-answer.js';
import { localeOf } from '../../../mail/templates/locale.js';
import { PasswordRefused, UserpassTokenInvalid } from '../local-userpass.errors.js';
import type { TokenPair } from '../token-pair.js';

/** One request for one page, and what a page's step does with it. */
export interface Visit {
  app: App;
  step: Step;
  query: Record<string, unknown>;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Uses nothing up. @throws UserpassTokenInvalid */
  look: (pair: TokenPair) => Promise<{ email: string }>;
}

const TOKEN = /^[0-9a-f]{128}$/i;
const TOKEN_ID = /^[0-9a-f]{24}$/i;

/** Shows what the link is for, and a button: mail scanners open links too. */
export async function show(visit: Visit): Promise<void> {
  const frame = frameOf(visit);
  await orRefuse(visit, async () => {
    const { email } = await visit.look(pairIn(visit.query));
    sendPage(visit.reply, 200, AccountForm({ ...frame, email }));
  });
}

/** @param use what the button does: it uses the link up */
export async function send(visit: Visit, use: (pair: TokenPair, password: string) => Promise<void>): Promise<void> {
  const frame = frameOf(visit);
  const { password, again } = passwordsIn(visit.request.body);
  await orRefuse(visit, async () => {
    const pair = pairIn(visit.query);
    const { email } = await visit.look(pair);
    const anew = (problem: string): void => sendPage(visit.reply, 400, AccountForm({ ...frame, email, problem }));
    const { different } = TEXTS[frame.locale];
    if (visit.step !== 'confirm' && password !== again) return anew(different);
    try {
      await use(pair, password);
    } catch (error) {
      if (!(error instanceof PasswordRefused)) throw error;
      return anew(refusalIn(frame.locale, error));
    }
    sendPage(visit.reply, 200, AccountDone(frame));
  });
}

/** What is our fault, or the database's, is not for a page. */
async function orRefuse(visit: Visit, work: () => Promise<void>): Promise<void> {
  const frame = frameOf(visit);
  try {
    await work();
  } catch (error) {
    if (error instanceof UserpassTokenInvalid) return sendPage(visit.reply, 400, AccountLinkNotValid(frame));
    if (!(error instanceof LatchkeyError)) throw error;
    const { status, headers } = answerTo(error);
    void visit.reply.headers(headers);
    const problem = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
    sendPage(visit.reply, status, AccountProblem({ ...frame, problem }));
  }
}

function refusalIn(locale: Locale, { fault, message }: PasswordRefused): string {
  const { refused } = TEXTS[locale];
  if (!fault) return `${refused.other} ${message}.`;
  return fault.kind === 'length' ? refused.length(fault.fewest, MOST) : refused[fault.kind];
}

function frameOf({ app, step, request }: Visit) {
  return { locale: localeOf(request.headers['accept-language'], app.mailLocale), appName: app.name, step };
}

/** @throws UserpassTokenInvalid for what is none */
function pairIn({ token, tokenId }: Record<string, unknown>): TokenPair {
  if (typeof token !== 'string' || typeof tokenId !== 'string') throw new UserpassTokenInvalid();
  if (!TOKEN.test(token) || !TOKEN_ID.test(tokenId)) throw new UserpassTokenInvalid();
  return { token, tokenId };
}

function passwordsIn(body: unknown): { password: string; again: string } {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { password: text(fields['password']), again: text(fields['again']) };
}
