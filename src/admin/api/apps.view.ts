import type { App } from '../../apps/app.model.js';
import type { ProviderConfig } from '../../providers/provider-config.model.js';
import { seconds } from './admin-account.view.js';

/** admin-api.md section 3. */
export function appView(app: App): Record<string, unknown> {
  const { location, deploymentModel, providerRegion, environment, product } = app.deployment;
  return {
    _id: app._id.toHexString(),
    client_app_id: app.clientAppId,
    name: app.name,
    location,
    provider_region: providerRegion,
    deployment_model: deploymentModel,
    domain_id: app.domain.toHexString(),
    group_id: app.group.toHexString(),
    last_used: seconds(app.modifiedAt),
    last_modified: seconds(app.modifiedAt),
    product,
    environment,
  };
}

/** What `apps describe` prints; parts of the original that are not here are empty, as they are in an app without them. */
export function descriptionView(
  app: App,
  {
    publicUrl,
    providers,
    values,
    functions,
  }: {
    publicUrl: string;
    providers: readonly ProviderConfig[];
    values: readonly string[];
    functions: readonly string[];
  },
): Record<string, unknown> {
  const data = app.customUserData;
  return {
    client_app_id: app.clientAppId,
    name: app.name,
    realm_url: `${publicUrl}/console/groups/${app.group.toHexString()}/apps/${app._id.toHexString()}`,
    data_sources: [],
    http_endpoints: {},
    custom_user_data: {
      enabled: data.enabled,
      data_source: data.mongoServiceId,
      database: data.databaseName,
      collection: data.collectionName,
      user_field: data.userIdField,
    },
    values,
    hosting: {},
    functions: functions.map((name) => ({ name })),
    sync: {},
    graphql: {},
    environment: app.deployment.environment,
    event_subscription: [],
    log_forwarders: [],
    auth_providers: providers.map(({ name, type, disabled }) => ({ name, type, enabled: !disabled })),
  };
}
