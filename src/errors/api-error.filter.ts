import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerTo } from './error-body.js';

/**
 * Writes every error body of every route. Our fault is logged as error with its cause, theirs as info: the class decides.
 *
 * The body goes out as bytes, so that Fastify adds no charset: old SDKs read `error_code` only from exactly
 * `application/json` (client-api.md section 1.1).
 */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendError(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, body } = answerTo(error);
  if (status >= 500) request.log.error({ err: error }, body.error);
  else request.log.info({ error: body.error, errorCode: body.error_code }, 'refused');
  if (reply.sent) return;
  void reply
    .code(status)
    .headers(headers)
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify(body)));
}
