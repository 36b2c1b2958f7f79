import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Failure, Refused } from '../../../admin-ui/views/problem.js';
import { Config } from '../../config/config.js';
import { answerTo } from '../../errors/error-body.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { InvalidSession, MissingAuthorization } from '../../sessions/sessions.errors.js';
import { sessionCookie } from '../auth/admin-cookie.js';
import { CookieFromElsewhere } from '../auth/admin-auth.errors.js';
import type { AdminRequest } from '../auth/admin.decorators.js';
import { setFlash } from './flash.js';
import { formIn } from './form.js';
import { consoleBase, ownPath } from './links.js';
import { sentence } from './one-time.form.js';
import { sendPage } from './page-answer.js';
import { Pages } from './pages.service.js';

/** What a person sees where a page, or what a form asked for, cannot be had. */
@Catch()
export class ConsoleFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly config: Config,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<AdminRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof MissingAuthorization || error instanceof InvalidSession) {
      this.#toLogin(request, reply, error instanceof InvalidSession);
      return;
    }
    const { status, headers, body } = answerTo(error);
    if (status >= 500) request.log.error({ err: error }, body.error);
    else request.log.info({ error: body.error, errorCode: body.error_code }, 'refused');
    if (reply.sent) return;
    request.latchkeyOutcome = { errorCode: body.error_code };
    const text = sentence(body.error);
    const { publicUrl } = this.config;
    const css = `${consoleBase(this.config)}/assets/console.css`;
    if (error instanceof CookieFromElsewhere) return sendPage(reply, status, Refused({ text, publicUrl, css }));
    const from = this.#pageOfForm(request);
    if (from !== undefined && error instanceof LatchkeyError && status < 500) {
      setFlash(reply, this.config, { kind: 'failed', text });
      void reply.code(303).header('location', from).send();
      return;
    }
    void reply.headers(headers);
    // The frame asks the database, which may be what is wrong.
    if (!request.latchkeyAdmin || status >= 500)
      return sendPage(reply, status, Refused({ text, publicUrl: undefined, css }));
    await this.pages.show(request, reply, (frame) => Failure({ frame, text, status }), status);
  }

  #toLogin({ method, url }: AdminRequest, reply: FastifyReply, over: boolean): void {
    const base = consoleBase(this.config);
    const next =
      method === 'GET' && url !== '/console'
        ? `?next=${encodeURIComponent(base.slice(0, -'/console'.length) + url)}`
        : '';
    if (over) reply.header('set-cookie', sessionCookie(this.config, undefined));
    void reply.code(303).header('location', `${base}/login${next}`).send();
  }

  /**
   * Where a form was sent from, if that was one of our pages: `Referer` is only ever followed inside the console. A question
   * says in its form to which page it belongs: it stands itself at the address of its form, which cannot be opened.
   */
  #pageOfForm({ method, headers, body }: AdminRequest): string | undefined {
    if (method !== 'POST') return undefined;
    const base = consoleBase(this.config);
    const back = formIn(body).get('_back');
    if (back !== '') return ownPath(back, base);
    if (headers.referer === undefined || !URL.canParse(headers.referer)) return undefined;
    const { pathname, search } = new URL(headers.referer);
    return pathname.startsWith(`${base}/`) && !pathname.includes('//') ? pathname + search : undefined;
  }
}
