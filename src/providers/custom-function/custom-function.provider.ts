import { Injectable } from '@nestjs/common';
import type { App } from '../../apps/app.model.js';
import { FunctionMissing, FunctionRefused } from '../../functions/functions.errors.js';
import { FunctionsService, type FunctionReference } from '../../functions/functions.service.js';
import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { AuthProvider, CredentialsStrategy, type Attempt, type Strategies } from '../auth-provider.js';
import { AuthError } from '../providers.errors.js';
import { faultInSubject } from '../subject.js';
import { tried, type Trial } from '../trial.js';
import { FunctionRefusedLink, NoIdentity } from './custom-function.errors.js';
import {
  customFunctionCredentials,
  customFunctionSettings,
  type CustomFunctionCredentials,
  type CustomFunctionSettings,
} from './custom-function.settings.js';

const MAX_NAME = 1_024;

/** Log in with whatever a function of the app's own takes. It answers who that is: an id, or `{id, name}`. */
@Injectable()
export class CustomFunctionProvider extends AuthProvider<CustomFunctionSettings, CustomFunctionCredentials> {
  readonly type = 'custom-function';
  readonly settingsSchema = customFunctionSettings;
  readonly credentialsSchema = customFunctionCredentials;

  constructor(private readonly functions: FunctionsService) {
    super();
  }

  override createStrategies(app: App, { config }: CustomFunctionSettings): Strategies<CustomFunctionCredentials> {
    const reference = referenceIn(config);
    return {
      credentials: new CustomFunctionStrategy((payload) => this.functions.call(app, reference, [payload])),
    };
  }

  /** Whether there is something to call; calling it would be a login. */
  override async tryOut(app: App, { config }: CustomFunctionSettings): Promise<Trial[]> {
    const reference = referenceIn(config);
    const what = `function '${reference.name || (reference.id ?? '')}'`;
    return [await tried(what, () => this.functions.problemWith(app, reference))];
  }
}

function referenceIn({ authFunctionName, authFunctionId }: CustomFunctionSettings['config']): FunctionReference {
  return { name: authFunctionName, id: authFunctionId };
}

class CustomFunctionStrategy extends CredentialsStrategy<CustomFunctionCredentials> {
  constructor(private readonly call: (payload: object) => Promise<unknown>) {
    super();
  }

  override async verify(body: CustomFunctionCredentials, { link }: Attempt): Promise<VerifiedIdentity> {
    const { options: _device, ...payload } = body;
    try {
      return identityIn(await this.call(payload));
    } catch (error) {
      const refused =
        error instanceof AuthError || error instanceof FunctionRefused || error instanceof FunctionMissing;
      throw link && refused ? new FunctionRefusedLink(error.message) : error;
    }
  }
}

/** @throws NoIdentity */
function identityIn(answer: unknown): VerifiedIdentity {
  const { id, name } =
    typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : { id: answer };
  const fault = faultInSubject(id);
  if (fault !== undefined) throw new NoIdentity(fault);
  const isName = typeof name === 'string' && name !== '' && name.length <= MAX_NAME;
  return { subject: id as string, data: isName ? { name } : {} };
}
