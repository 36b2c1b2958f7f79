import type { Preset } from '../auth-provider.js';

const FIELDS = [{ name: 'name' }, { name: 'email' }, { name: 'picture' }];

const preset = (id: string, title: string, issuer: string, help: string): Preset => ({
  id,
  title,
  help,
  settings: { config: { issuer, scopes: ['profile', 'email'], preset: id }, metadata_fields: FIELDS },
});

/** Services that speak OpenID Connect. GitHub does not, and is a provider of its own. */
export const oidcPresets: readonly Preset[] = [
  preset(
    'microsoft',
    'Microsoft',
    'https://login.microsoftonline.com/{tenant}/v2.0',
    'entra.microsoft.com → App registrations → New registration, platform Web. {tenant} is the directory (tenant) ID of its overview, or organizations for all directories, or common for personal accounts too: then say which directories may log in, or anybody may. The secret is under Certificates & secrets.',
  ),
  preset(
    'gitlab',
    'GitLab',
    'https://gitlab.com',
    'gitlab.com → Edit profile → Applications → Add new application, with the scopes openid, profile and email. A GitLab of your own has its own address as issuer.',
  ),
  preset(
    'okta',
    'Okta',
    'https://{domain}',
    'Okta Admin Console → Applications → Create App Integration → OIDC, Web Application. {domain} is that of your organisation, as in dev-123456.okta.com; with a custom authorization server, the issuer is the one that it shows.',
  ),
  preset(
    'auth0',
    'Auth0',
    'https://{domain}/',
    'manage.auth0.com → Applications → Create Application → Regular Web Application. {domain} is under its settings, as in shop.eu.auth0.com.',
  ),
  preset(
    'keycloak',
    'Keycloak',
    'https://{host}/realms/{realm}',
    'Keycloak Admin Console → Clients → Create client → OpenID Connect, with client authentication on. {host} is where your Keycloak is, {realm} the name of the realm.',
  ),
];
