import type { ClientSession } from 'mongodb';
import type { StoredUser } from '../users/users.service.js';

/** What a provider has made sure of: that whoever is calling is this subject. */
export interface VerifiedIdentity {
  /** Unique within the provider, compared to the letter. */
  subject: string;
  /** `id` on the wire, where it is not the subject. */
  id?: string;
  /** What the provider says of the person; only strings, only what the configuration asks for. */
  data: Record<string, string>;
  /** An address that the provider vouches for now. Kept with the identity; by it a login may join a user, where the app wants that. */
  verifiedEmail?: string | undefined;
  /** True where whoever answered the mail to the address need not be who is calling: nobody is joined. */
  joinsNobody?: boolean;
  /** Nobody can have it yet, so nobody is looked for. */
  isNew?: boolean;
  /** The user, where the provider had to read it anyway. */
  owner?: StoredUser;
  /** To be kept with the identity: a sealed password hash. */
  sealedSecret?: Buffer;
  /** Asked once the session is stored: false where the proof was withdrawn meanwhile, and the session ends. */
  stillHolds?: () => Promise<boolean>;
  /** Runs in the transaction that makes or extends the user: uses up what proved the identity. */
  consume?: (transaction: ClientSession) => Promise<void>;
}
