import type { Type } from '@nestjs/common';
import { AnonUserModule } from './providers/anon-user/anon-user.module.js';
import { ApiKeysModule } from './providers/api-key/api-keys.module.js';
import { CustomFunctionModule } from './providers/custom-function/custom-function.module.js';
import { CustomTokenModule } from './providers/custom-token/custom-token.module.js';
import { AppleModule } from './providers/oauth2-apple/apple.module.js';
import { FacebookModule } from './providers/oauth2-facebook/facebook.module.js';
import { GithubModule } from './providers/oauth2-github/github.module.js';
import { GoogleModule } from './providers/oauth2-google/google.module.js';
import { LocalUserpassModule } from './providers/local-userpass/local-userpass.module.js';
import { OidcModule } from './providers/oidc/oidc.module.js';

/** One line per provider. */
export const BUILT_IN_PROVIDERS: Type[] = [
  AnonUserModule,
  ApiKeysModule,
  CustomFunctionModule,
  CustomTokenModule,
  AppleModule,
  FacebookModule,
  GithubModule,
  GoogleModule,
  LocalUserpassModule,
  OidcModule,
];
