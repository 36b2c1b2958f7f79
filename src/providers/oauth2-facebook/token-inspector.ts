import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';
import { OutboundFailed } from '../../outbound/outbound.errors.js';
import { Outbound } from '../../outbound/outbound.js';
import { ExternalLoginRefused } from '../oauth2/oauth2.errors.js';

/** https://developers.facebook.com/docs/graph-api/reference/debug_token */
const inspectionSchema = z.object({
  data: z.looseObject({
    is_valid: z.boolean().optional(),
    app_id: z.union([z.string(), z.number()]).optional(),
    user_id: z.union([z.string(), z.number()]).optional(),
    type: z.string().optional(),
    expires_at: z.number().optional(),
  }),
});

type Inspection = z.infer<typeof inspectionSchema>['data'];

/** Asks Facebook what an access token is: an opaque one says nothing of itself. */
@Injectable()
export class TokenInspector {
  constructor(
    private readonly outbound: Outbound,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /** @returns the id of the person whose token it is @throws ExternalLoginRefused, OutboundFailed */
  async userOf(accessToken: string, clientId: string, clientSecret: string): Promise<string> {
    const data = await this.#inspect(accessToken, clientId, clientSecret);
    const { is_valid: isValid, app_id: appId, user_id: userId, type = 'USER', expires_at: end = 0 } = data;
    if (isValid !== true) throw refused('Facebook does not know it, or not any more');
    if (String(appId) !== clientId) throw refused('it was issued to another app');
    if (end > 0 && end * 1_000 <= this.clock.now().getTime()) throw refused('it is expired');
    if (type !== 'USER' || userId === undefined) throw refused('it is not of a person');
    return String(userId);
  }

  /** Whether Facebook knows the app by this secret: it answers only then, whatever is asked. @throws OutboundFailed */
  async tryClient(clientId: string, clientSecret: string): Promise<void> {
    await this.#inspect('no token', clientId, clientSecret);
  }

  async #inspect(accessToken: string, clientId: string, clientSecret: string): Promise<Inspection> {
    const query = new URLSearchParams({ input_token: accessToken });
    const { status, body } = await this.outbound.request(`${this.config.facebookGraphUrl}/debug_token?${query}`, {
      headers: { accept: 'application/json', authorization: `Bearer ${clientId}|${clientSecret}` },
    });
    if (status !== 200) throw new OutboundFailed(`the inspection of a token answered with status ${status}`);
    const parsed = inspectionSchema.safeParse(jsonIn(body));
    if (!parsed.success) throw new OutboundFailed('the inspection of a token is not as it should be');
    return parsed.data.data;
  }
}

function refused(reason: string): ExternalLoginRefused {
  return new ExternalLoginRefused(`invalid access token: ${reason}`);
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
