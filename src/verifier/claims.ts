/** What a verified access token says. Times in seconds since 1970. */
export interface AccessClaims<UserData = Record<string, unknown>> {
  /** The app's address. */
  readonly iss: string;
  /** The app's id, like `shop-abcde`. */
  readonly aud: string;
  /** The user's id. */
  readonly sub: string;
  /** The session's id. */
  readonly sid: string;
  readonly typ: 'access';
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** Raised whenever all sessions of the user are ended at once. */
  readonly epoch: number;
  /** The user's custom data, where the app puts it into tokens. */
  readonly user_data?: UserData;
  /** Further claims, some under the names that Stitch and Realm gave them. */
  readonly [claim: string]: unknown;
}

/** @returns the claims, frozen since they are shared by all who hold the token; undefined for what is no access token */
export function accessClaims(payload: Record<string, unknown>): AccessClaims | undefined {
  const { typ, sub, sid, epoch, exp } = payload;
  const isAccess =
    typ === 'access' &&
    typeof sub === 'string' &&
    typeof sid === 'string' &&
    typeof epoch === 'number' &&
    typeof exp === 'number';
  return isAccess ? (deepFreeze(payload) as unknown as AccessClaims) : undefined;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
