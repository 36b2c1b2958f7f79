import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';

const JSON_TYPE = 'application/json';

/**
 * Nest's Fastify adapter with the two habits our clients need (client-api.md sections 1.1 and 1.2):
 * a JSON answer has exactly the type `application/json`, and an empty answer has no type at all.
 *
 * Fastify adds `; charset=utf-8` to whatever it serialises itself, so it is given text, and a serializer that leaves it as it is. Bytes
 * would do as well, but Node writes them apart from the head.
 */
export class ExactJsonAdapter extends FastifyAdapter {
  override reply(
    ...[response, body, statusCode]: Parameters<FastifyAdapter['reply']>
  ): ReturnType<FastifyAdapter['reply']> {
    if (!isReply(response)) return super.reply(response, body, statusCode);
    const type = response.getHeader('content-type');
    if (body === undefined || body === null || (type !== undefined && type !== JSON_TYPE)) {
      return super.reply(response, body, statusCode);
    }
    if (statusCode !== undefined) response.code(statusCode);
    return response.header('content-type', JSON_TYPE).serializer(asIs).send(JSON.stringify(body));
  }
}

const asIs = (text: string): string => text;

/** Not the bare response that middleware gets. */
function isReply(response: Parameters<FastifyAdapter['reply']>[0]): response is FastifyReply {
  return 'getHeader' in response && 'raw' in response;
}
