import type { FastifyReply } from 'fastify';
import type { VNode } from 'preact';
import { renderPage } from '../../admin-ui/render.js';

/** Own styles, forms to ourselves, nothing else: nothing inline runs, and nothing can frame the page. */
const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Sends a page. `no-referrer` would make browsers send `Origin: null` with its form.
 *
 * @param wanted.scripts whether script files of this server may run in it; else none does
 * @param wanted.live whether those may ask this server for more
 * @param wanted.formsLeadOn whether what answers a form may send the browser to another server: browsers hold the policy
 * against that too
 */
export function sendPage(
  reply: FastifyReply,
  status: number,
  page: VNode,
  wanted: { scripts?: boolean; live?: boolean; formsLeadOn?: boolean } = {},
): void {
  const policy = [
    POLICY,
    ...(wanted.formsLeadOn ? [] : ["form-action 'self'"]),
    ...(wanted.live ? ["connect-src 'self'"] : []),
    ...(wanted.scripts ? ["script-src 'self'"] : []),
  ];
  void reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    .send(renderPage(page));
}
