import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Flash } from '../../../admin-ui/frame.js';
import type { Config } from '../../config/config.js';
import { readCookie, writeCookie } from '../../http/cookies.js';
import { cookieNameOf } from '../auth/admin-cookie.js';

/** For the one page after a redirect. */
const SECONDS = 60;
const MAX_LENGTH = 400;

const flash = z.object({ kind: z.enum(['done', 'failed']), text: z.string().max(MAX_LENGTH) });

/** What the next page says first. */
export function setFlash(reply: FastifyReply, config: Config, { kind, text }: Flash): void {
  const value = Buffer.from(JSON.stringify({ kind, text: text.slice(0, MAX_LENGTH) })).toString('base64url');
  reply.header('set-cookie', writeCookie(nameOf(config), value, optionsOf(config, SECONDS)));
}

/** It is said once. */
export function takeFlash(request: FastifyRequest, reply: FastifyReply, config: Config): Flash | undefined {
  const value = readCookie(request.headers.cookie, nameOf(config));
  if (!value) return undefined;
  reply.header('set-cookie', writeCookie(nameOf(config), '', optionsOf(config, 0)));
  try {
    return flash.parse(JSON.parse(Buffer.from(value, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}

function nameOf(config: Config): string {
  return cookieNameOf(config).replace('admin', 'said');
}

function optionsOf({ publicUrl }: Config, maxAgeSeconds: number) {
  return { secure: publicUrl.startsWith('https:'), maxAgeSeconds };
}
