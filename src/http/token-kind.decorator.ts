import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/**
 * What a route asks for in `Authorization`: nothing (the header is then not even looked at), an access token or a refresh
 * token, of a user or of an administrator. A route that says nothing asks for a user's access token: what is open has to be
 * opened in words.
 */
export type TokenKind = 'none' | 'access' | 'refresh' | 'admin' | 'admin-refresh';

export const TOKEN_KIND = 'latchkey:token-kind';

export const Token = (kind: TokenKind): CustomDecorator => SetMetadata(TOKEN_KIND, kind);
