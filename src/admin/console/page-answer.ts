import type { FastifyReply } from 'fastify';
import type { VNode } from 'preact';
import { sendPage as send } from '../../http/page-answer.js';

/** Sends a page of the console. It may use the one script of `admin-ui/assets`, and can do without. */
export function sendPage(reply: FastifyReply, status: number, page: VNode, wanted: { live?: boolean } = {}): void {
  send(reply, status, page, { ...wanted, scripts: true });
}
