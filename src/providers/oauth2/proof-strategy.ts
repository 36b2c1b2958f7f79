import type { VerifiedIdentity } from '../../identities/verified-identity.js';
import { CredentialsStrategy, type Attempt } from '../auth-provider.js';
import { ExternalLinkRefused, ExternalLoginRefused } from './oauth2.errors.js';

/** Takes what an identity provider gave to an app: a token, or a code. */
export class ProofStrategy<Credentials> extends CredentialsStrategy<Credentials> {
  constructor(private readonly check: (credentials: Credentials) => Promise<VerifiedIdentity>) {
    super();
  }

  override async verify(credentials: Credentials, { link }: Attempt): Promise<VerifiedIdentity> {
    try {
      return await this.check(credentials);
    } catch (error) {
      throw link && error instanceof ExternalLoginRefused ? new ExternalLinkRefused(error) : error;
    }
  }
}
