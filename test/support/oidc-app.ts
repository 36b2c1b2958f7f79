import type { App } from '../../src/apps/app.model.js';
import { SecretsService } from '../../src/secrets/secrets.service.js';
import type { TestServer } from './create-test-server.js';
import { HOME } from './redirect-login.js';

export const CLIENT_ID = 'shopclient';

export interface WantedIssuer {
  /** Of the provider. */
  name?: string;
  config?: object;
  metadata_fields?: object[];
  redirect_uris?: string[];
  domain_restrictions?: string[];
}

export function oidcSettings(issuer: string, { config, name: _name, ...rest }: WantedIssuer = {}) {
  return {
    config: { issuer, clientId: CLIENT_ID, ...config },
    secret_config: { clientSecret: 'oidcSecret' },
    redirect_uris: [HOME],
    ...rest,
  };
}

/** An app with anonymous users and one provider `oidc`, or those that are wanted. */
export async function makeOidcApp(server: TestServer, issuer: string, ...wanted: WantedIssuer[]): Promise<App> {
  const list = wanted.length > 0 ? wanted : [{}];
  const app = await server.make.app({
    providers: [
      { type: 'anon-user' },
      ...list.map((one) => ({ type: 'oidc', name: one.name ?? 'oidc', settings: oidcSettings(issuer, one) })),
    ],
  });
  await server.get(SecretsService).put(app, { name: 'oidcSecret', value: 'not for the world' });
  return app;
}
