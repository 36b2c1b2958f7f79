import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { GroupsService } from '../../../apps/groups.service.js';
import { AuditService } from '../../../audit/audit.service.js';
import type { Actor, NewAuditEvent } from '../../../audit/event-types.js';
import { objectIdIn } from '../../../common/object-id.js';
import { MasterKey } from '../../../crypto/sealing.js';
import { ClientAddress } from '../../../http/client-address.js';
import { normaliseEmail } from '../../../users/email.js';
import type { AdminCaller } from '../../auth/admin-caller.js';
import { ADMIN_API, type AdminRequest } from '../../auth/admin.decorators.js';
import { eventNameOf } from './route-events.js';

const MAX_PARSED = 256 * 1024;
/** Where nobody is logged in yet: what is refused here without a caller is a failed login, and is recorded. */
const DOORS = new Set(['admin.login', 'admin.invitation_accept', 'administrator.create']);

type Answer = Record<string, unknown>;
type Event = Omit<NewAuditEvent, 'where'>;

/**
 * The one place where administrators' requests become entries of the audit trail: whatever is no GET below `/api/admin` or
 * `/console`, done or refused. Of a body, only the name of what was made is looked at; of an answer, its id and error code.
 */
@Injectable()
export class AdminAudit {
  constructor(
    private readonly audit: AuditService,
    private readonly groups: GroupsService,
    private readonly clientAddress: ClientAddress,
    private readonly masterKey: MasterKey,
  ) {}

  /** To be called before routes are registered. Others' routes carry nothing of it. */
  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      const path = pathOf(route.url);
      if (path === undefined || [route.method].flat().length > 1) return;
      const type = eventNameOf(String(route.method), path);
      if (type === null) return;
      const record = async (request: AdminRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
        await this.#record(type, request, reply, payload);
        return payload;
      };
      route.onSend = [...[route.onSend ?? []].flat(), record];
    });
  }

  async #record(type: string, request: AdminRequest, reply: FastifyReply, payload: unknown): Promise<void> {
    const { statusCode: status } = reply;
    const caller = request.latchkeyAdmin;
    if (status === 429 || (!caller && !DOORS.has(type))) return;
    const { latchkeyOutcome: done } = request;
    if (isForm(request) && caller && !done && status < 400) return;
    const answer = done ? ((done.answer ?? {}) as Answer) : answerIn(payload);
    const failed = status >= 400 || done?.errorCode !== undefined;
    const event: Event = {
      type,
      outcome: failed ? 'failure' : 'success',
      errorCode: failed ? (done?.errorCode ?? textIn(answer, 'error_code') ?? `http_${status}`) : undefined,
      actor: actorOf(caller, failed ? {} : answer),
      ip: this.clientAddress.of(request),
      userAgent: request.headers['user-agent'],
      ...this.#target(type, request, answer),
    };
    const trails = await this.#trailsOf(type, request, caller);
    for (const where of trails) this.#add({ ...event, where }, answer);
  }

  /** One entry, or one for each user of a bulk action: each is found by its own id. */
  #add(event: NewAuditEvent, answer: Answer): void {
    if (event.type !== 'user.bulk' || !Array.isArray(answer)) return this.audit.record(event);
    for (const result of answer as Answer[]) {
      const ok = result['ok'] === true;
      this.audit.record({
        ...event,
        user: textIn(result, '_id'),
        outcome: ok ? 'success' : 'failure',
        errorCode: ok ? undefined : textIn(result, 'error_code'),
      });
    }
  }

  #target(type: string, request: AdminRequest, answer: Answer): Pick<NewAuditEvent, 'user' | 'details'> {
    const { groupId: _group, appId, email, ...ids } = request.params as Record<string, string>;
    const url = request.routeOptions.url ?? '';
    const made = request.method === 'POST' ? textIn(answer, '_id') : undefined;
    const isUser = /\/users(\/:id|\/new|$)/.test(url);
    const user = isUser ? (ids['id'] ?? made) : undefined;
    const body = request.body as Answer | null | undefined;
    const target = Object.values(ids).at(-1) ?? made;
    const details = {
      // An app that is gone, or that the caller may not touch, is named in its group's trail.
      ...(!request.latchkeyAdminApp || type === 'app.delete' ? text('app', appId) : {}),
      ...text('target', target === user ? undefined : target),
      // Outlives the person, so not as it is; whoever knows the address can look for it.
      ...text('address_hash', email === undefined ? undefined : this.#hashOf(email)),
      ...(isUser ? {} : text('name', textIn(body ?? {}, 'name'))),
      ...text('type', textIn(body ?? {}, 'type')),
      ...text('action', textIn(body ?? {}, 'action')),
    };
    const id = objectIdIn(user);
    return { ...(id ? { user: id.toHexString() } : {}), details };
  }

  #hashOf(email: string): string {
    return this.masterKey.auditHash(JSON.stringify(['address', normaliseEmail(email)])).slice(0, 32);
  }

  async #trailsOf(type: string, request: AdminRequest, caller?: AdminCaller): Promise<NewAuditEvent['where'][]> {
    const { latchkeyAdminApp: app, latchkeyGroup: group } = request;
    if (app && type !== 'app.delete') return [{ app: app._id.toHexString() }];
    const { groupId = '' } = request.params as { groupId?: string };
    const named = objectIdIn(groupId);
    if (group) return [{ group: group.toHexString() }];
    // Refused for a role that is too weak.
    if (named && caller?.roleIn(named)) return [{ group: named.toHexString() }];
    const groups = caller ? caller.roles.map((role) => role.groupId) : [await this.groups.getDefaultId()];
    return [...new Set(groups.map((id) => id.toHexString()))].map((id) => ({ group: id }));
  }
}

function pathOf(url: string): string | undefined {
  if (url.startsWith(`/${ADMIN_API}/`)) return url.slice(ADMIN_API.length + 1);
  return url.startsWith('/console/') ? url : undefined;
}

/** A form of the console: only what it says that it did is an event. */
function isForm({ method, routeOptions }: AdminRequest): boolean {
  return method === 'POST' && (routeOptions.url ?? '').startsWith('/console/');
}

function actorOf(caller: AdminCaller | undefined, answer: Answer): Actor {
  if (caller) return caller.actor;
  const id = textIn(answer, 'user_id');
  return id === undefined ? { kind: 'anonymous' } : { kind: 'administrator', id };
}

/** What was sent, where it is JSON and not a stream. */
function answerIn(payload: unknown): Answer {
  const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
  if (!isText || payload.length === 0 || payload.length > MAX_PARSED) return {};
  try {
    const parsed: unknown = JSON.parse(payload.toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Answer) : {};
  } catch {
    return {};
  }
}

function textIn(answer: Answer, key: string): string | undefined {
  const value = Object.hasOwn(answer, key) ? answer[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function text(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}
