import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/**
 * What a route asks for in `Authorization`: nothing (the header is then not even looked at), an access token or a refresh
 * token. A route that says nothing asks for an access token: what is open has to be opened in words.
 */
export type TokenKind = 'none' | 'access' | 'refresh';

export const TOKEN_KIND = 'latchkey:token-kind';

export const Token = (kind: TokenKind): CustomDecorator => SetMetadata(TOKEN_KIND, kind);
