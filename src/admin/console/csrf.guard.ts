import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { equalSecrets, sha256 } from '../../crypto/tokens.js';
import { LatchkeyError } from '../../errors/latchkey-error.js';
import { readCookie } from '../../http/cookies.js';
import { cookieNameOf } from '../auth/admin-cookie.js';
import type { AdminRequest } from '../auth/admin.decorators.js';
import { formIn } from './form.js';

/** A form that does not carry the token of its reader's session. */
export class FormNotOurs extends LatchkeyError {
  readonly code = 'OriginNotAllowed';

  constructor() {
    super('this form was made for another session, open the page again');
  }
}

/** Besides the check of the origin, which the admin guard makes: what changes something carries a token of the session. */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(private readonly config: Config) {}

  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    if (request.method === 'GET' || request.method === 'HEAD') return true;
    const token = csrfTokenOf(request, this.config);
    if (token === undefined || !equalSecrets(formIn(request.body).get('_csrf'), token)) throw new FormNotOurs();
    return true;
  }
}

/** Made from the session's cookie by a way that does not lead back. */
export function csrfTokenOf({ headers }: AdminRequest, config: Config): string | undefined {
  const cookie = readCookie(headers.cookie, cookieNameOf(config));
  return cookie === undefined ? undefined : sha256(`csrf:${cookie}`).toString('base64url');
}
