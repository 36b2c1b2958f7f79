import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

/** Who a session belongs to, as far as its tokens say it. */
export interface TokenSubject {
  sessionId: string;
  userId: string;
  deviceId: string;
}

export interface Claims {
  typ: string;
  exp: number;
  baas_id: string;
  sub: string;
}

const REFRESH_SECONDS = 60 * 86_400;
const ACCESS_HEAD = encode({ alg: 'ES256', typ: 'JWT', kid: 'bare' });
const REFRESH_HEAD = encode({ alg: 'HS256', typ: 'JWT' });

/** Access tokens by ES256, refresh tokens by HS256, keys made once: claims as in section 8 of the client API. */
export class BareTokens {
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly signing = { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  private readonly verifying = { key: this.pair.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  private readonly secret = createSecretKey(randomBytes(32));

  constructor(
    private readonly issuer: string,
    private readonly clientAppId: string,
    private readonly appId: string,
    private readonly accessSeconds: number,
  ) {}

  signAccess({ sessionId, userId, deviceId }: TokenSubject): { token: string; exp: number } {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + this.accessSeconds;
    const payload = encode({
      iss: this.issuer,
      aud: this.clientAppId,
      sub: userId,
      typ: 'access',
      iat,
      exp,
      jti: randomUUID(),
      sid: sessionId,
      epoch: 0,
      baas_id: sessionId,
      baas_device_id: deviceId,
      baas_domain_id: this.appId,
      stitch_devId: deviceId,
      stitch_domainId: this.appId,
    });
    const signed = `${ACCESS_HEAD}.${payload}`;
    return { token: `${signed}.${sign('sha256', Buffer.from(signed), this.signing).toString('base64url')}`, exp };
  }

  signRefresh({ sessionId, userId, deviceId }: TokenSubject, identity: object): string {
    const iat = Math.floor(Date.now() / 1000);
    const payload = encode({
      sub: userId,
      typ: 'refresh',
      iat,
      exp: iat + REFRESH_SECONDS,
      baas_id: sessionId,
      baas_device_id: deviceId,
      baas_domain_id: this.appId,
      baas_data: null,
      baas_identity: identity,
      stitch_id: sessionId,
      stitch_devId: deviceId,
      stitch_domainId: this.appId,
      stitch_data: null,
      stitch_ident: identity,
    });
    const signed = `${REFRESH_HEAD}.${payload}`;
    return `${signed}.${this.mac(signed)}`;
  }

  /** @returns null for what this server has not signed */
  readAccess(token: string): Claims | null {
    const [head, payload, signature] = token.split('.');
    if (head !== ACCESS_HEAD || payload === undefined || signature === undefined) return null;
    const good = verify(
      'sha256',
      Buffer.from(`${head}.${payload}`),
      this.verifying,
      Buffer.from(signature, 'base64url'),
    );
    return good ? decode(payload) : null;
  }

  /** @returns null for what this server has not signed */
  readRefresh(token: string): Claims | null {
    const [head, payload, signature = ''] = token.split('.');
    if (head !== REFRESH_HEAD || payload === undefined) return null;
    const expected = Buffer.from(this.mac(`${head}.${payload}`));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected) ? decode(payload) : null;
  }

  private mac(signed: string): string {
    return createHmac('sha256', this.secret).update(signed).digest('base64url');
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(payload: string): Claims {
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
}
