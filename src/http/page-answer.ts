import type { FastifyReply } from 'fastify';
import type { VNode } from 'preact';
import { renderPage } from '../../admin-ui/render.js';

/** Own styles, forms to ourselves, nothing else: no script runs, and nothing can frame the page. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Sends a page. `no-referrer` would make browsers send `Origin: null` with its form. */
export function sendPage(reply: FastifyReply, status: number, page: VNode): void {
  void reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    .send(renderPage(page));
}
