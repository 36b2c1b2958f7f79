import { z } from 'zod';
import type { Config } from '../config/config.js';
import { isLoopbackHost } from '../common/address.js';
import { InvalidParameter } from '../errors/errors.js';
import { POLL, PUSH, type DeliveryMethod } from './event-types.js';
import { STREAM_STATES } from './signal-stream.model.js';

const MAX_URL = 2_048;
/** RFC 9110 §5.5: visible characters and blanks, so that nothing can be added to it. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

const streamId = z.string().regex(/^[0-9a-f]{24}$/, 'is no stream id');

const delivery = z.looseObject({
  method: z.enum([PUSH, POLL], `must be ${PUSH} or ${POLL}`),
  endpoint_url: z.string().max(MAX_URL).optional(),
  authorization_header: z.string().max(4_096).regex(HEADER_VALUE, 'is no header value').nullish(),
});

/** What the receiver supplies. Unknown members pass by. */
const wanted = z.looseObject({
  events_requested: z.array(z.string().min(1).max(512)).max(100).optional(),
  delivery: delivery.optional(),
  description: z.string().max(256).nullish(),
});

const update = wanted.extend({ stream_id: streamId });
const status = z.looseObject({
  stream_id: streamId,
  status: z.enum(STREAM_STATES, `must be one of ${STREAM_STATES.join(', ')}`),
  reason: z.string().max(256).nullish(),
});
const verification = z.looseObject({ stream_id: streamId, state: z.string().max(1_024).nullish() });
const query = z.looseObject({ stream_id: streamId });
const poll = z.looseObject({
  maxEvents: z.int().min(0).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(z.string().max(256)).max(10_000).optional(),
  setErrs: z
    .record(
      z.string().max(256),
      z.looseObject({ err: z.string().max(128), description: z.string().max(1_024).optional() }),
    )
    .optional(),
});

/** As the description of the routes has them. */
export const BODIES = { wanted, update, status, verification, poll } as const;

export interface Delivery {
  method: DeliveryMethod;
  endpointUrl?: string;
  authorization?: string;
}

export interface WantedStream {
  delivery?: Delivery;
  eventsRequested?: string[];
  description?: string;
}

export type PollRequest = z.infer<typeof poll>;

/** @throws InvalidParameter, as all of these do */
export function wantedStreamIn(body: unknown, config: Config): WantedStream {
  const parsed = parse(wanted, body);
  return {
    ...(parsed.events_requested ? { eventsRequested: [...new Set(parsed.events_requested)] } : {}),
    ...(parsed.delivery ? { delivery: deliveryOf(parsed.delivery, config) } : {}),
    ...(parsed.description ? { description: parsed.description } : {}),
  };
}

export function streamIdIn(body: unknown): string {
  return parse(query, body).stream_id;
}

/** The body of an update, and what in it only the transmitter says. */
export function updateIn(body: unknown): { id: string; body: Record<string, unknown> } {
  const parsed = parse(update, body);
  return { id: parsed.stream_id, body: parsed };
}

export function statusIn(body: unknown): z.infer<typeof status> {
  return parse(status, body);
}

export function verificationIn(body: unknown): z.infer<typeof verification> {
  return parse(verification, body);
}

export function pollIn(body: unknown): PollRequest {
  return parse(poll, body);
}

function deliveryOf(
  { method, endpoint_url: url, authorization_header: header }: z.infer<typeof delivery>,
  config: Config,
) {
  if (method === POLL) return { method };
  if (url === undefined || !isPushTarget(url, config)) {
    throw new InvalidParameter("'delivery.endpoint_url' must be an https URL without user name and fragment");
  }
  return { method, endpointUrl: url, ...(header ? { authorization: header } : {}) };
}

/** What can be seen of it; where it leads to is asked at each push. */
function isPushTarget(text: string, { production }: Config): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  const isOurs = protocol === 'http:' && !production && isLoopbackHost(hostname);
  return (protocol === 'https:' || isOurs) && username === '' && password === '' && hash === '';
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `'${issue.path.map(String).join('.').slice(0, 128)}'` : 'the body';
  throw new InvalidParameter(`${where}: ${issue?.message ?? 'is not right'}`);
}
