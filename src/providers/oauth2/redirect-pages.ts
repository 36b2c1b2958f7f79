import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccountProblem } from '../../../admin-ui/views/account/link.js';
import { answerTo } from '../../errors/error-body.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { sendPage } from '../../http/page-answer.js';
import { localeOf } from '../../mail/templates/locale.js';

/** People get to see a page, programs the API's error body. What is our fault, or the database's, is not for a page. */
export async function orProblemPage(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof LatchkeyError) || !request.headers.accept?.includes('text/html')) throw error;
    const { status, headers, body } = answerTo(error);
    request.log.info({ error: body.error, errorCode: body.error_code }, 'refused');
    void reply.headers(headers);
    const text = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
    sendPage(
      reply,
      status,
      AccountProblem({ locale: localeOf(request.headers['accept-language']), css: stylesFrom(request), text }),
    );
  }
}

/** Relative, so that it is found behind a proxy that serves us under a path. */
export function stylesFrom({ url }: FastifyRequest): string {
  const depth = url.replace(/\?.*$/, '').split('/').length - 2;
  return `${'../'.repeat(depth)}console/assets/console.css`;
}
