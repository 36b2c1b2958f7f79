import type { FastifyInstance } from 'fastify';

/** Pages are filled in by people: custom data of 8 kB, every sign of it escaped, is the most they send. */
const FORM_BYTES = 64_000;
/** Where pages are; everything else is an API. */
const PAGES =
  /^\/console\/|^\/api\/client\/v2\.0\/app\/:clientAppId\/auth\/pages\/|^\/api\/client\/v2\.0\/auth\/link\/:ticket$/;

/** Where an identity provider has the browser send its answer as a form (`response_mode=form_post`). */
const CALLBACK = '/api/client/v2.0/auth/callback';

/** Where RFC 7009 and RFC 7662 want a form. Nobody sends one from a page of the world: a server's secret is part of it. */
const OAUTH = /\/auth\/(?:revoke|introspect)$/;

/**
 * Lets pages send HTML forms, and backends what OAuth has them send. Nothing else: a browser lets any page of the world send a form anywhere, so no route of the APIs
 * may take one. (The parser of @fastify/formbody would be theirs too.) An empty one is no body: axios says that it sends a
 * form where it sends nothing.
 */
export function takeForms(fastify: FastifyInstance): void {
  const options = { parseAs: 'buffer', bodyLimit: FORM_BYTES } as const;
  fastify.addContentTypeParser<Buffer>('application/x-www-form-urlencoded', options, (request, body, done) => {
    const { url = '' } = request.routeOptions;
    if (OAUTH.test(url)) done(null, new URLSearchParams(body.toString('utf8')));
    else if (PAGES.test(url) || url === CALLBACK) done(null, parseForm(body.toString('utf8')));
    else if (body.length === 0) done(null, undefined);
    else done(Object.assign(new Error('no form is taken here'), { statusCode: 415 }));
  });
}

/** @returns its fields; of several with one name, the last */
export function parseForm(body: string): Record<string, string> {
  const fields = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(body)) fields[name] = value;
  return fields;
}
