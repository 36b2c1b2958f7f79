import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { BoundedMap } from '../../common/bounded-map.js';
import { Clock } from '../../common/clock.js';
import { Outbound } from '../../outbound/outbound.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { standsFor } from './tenants.js';

const MOST = 1_000;
const FRESH_MS = 3_600_000;
/** A failure is remembered for a while, so that not every login waits for a server that is down. */
const FAILURE_MS = 5_000;

const address = z
  .string()
  .max(2_048)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));

const metadataSchema = z.looseObject({
  issuer: z.string().max(2_048),
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  userinfo_endpoint: address.optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});

/** What of an issuer's metadata is used. */
export type IssuerMetadata = z.infer<typeof metadataSchema>;

interface Known {
  metadata: Promise<IssuerMetadata>;
  until: number;
}

/** What issuers say of themselves (OpenID Connect Discovery 1.0): read when it is needed, and kept for an hour. */
@Injectable()
export class Issuers {
  readonly #known = new BoundedMap<string, Known>(MOST);

  constructor(
    private readonly outbound: Outbound,
    private readonly clock: Clock,
  ) {}

  /** @throws OutboundFailed where nobody answers there, or somebody else does */
  async discover(issuer: string): Promise<IssuerMetadata> {
    const now = this.clock.now().getTime();
    const known = this.#known.get(issuer);
    if (known && now < known.until) return known.metadata;
    const entry: Known = { metadata: this.#read(issuer), until: now + FRESH_MS };
    this.#known.set(issuer, entry);
    entry.metadata.catch(() => (entry.until = now + FAILURE_MS));
    return entry.metadata;
  }

  async #read(issuer: string): Promise<IssuerMetadata> {
    const url = `${bare(issuer)}/.well-known/openid-configuration`;
    const { status, body } = await this.outbound.request(url, { headers: { accept: 'application/json' } });
    if (status !== 200) throw new OutboundFailed(`the issuer's metadata: status ${status}`);
    const parsed = metadataSchema.safeParse(jsonIn(body));
    if (!parsed.success) {
      const field = parsed.error.issues[0]?.path.join('.') || 'the document';
      throw new OutboundFailed(`the issuer's metadata: '${field}' is not as it should be`);
    }
    const named = bare(parsed.data.issuer);
    if (named !== bare(issuer) && !standsFor(named, bare(issuer)))
      throw new OutboundFailed("the issuer's metadata names another issuer");
    return parsed.data;
  }
}

/** Some end in a slash, and people leave it out; in tokens it stands as the issuer itself says. */
function bare(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
