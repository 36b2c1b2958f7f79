/** The package has no types: what the specs use of it. */
declare module 'mongodb-stitch' {
  export interface StitchClient {
    register(email: string, password: string): Promise<unknown>;
    /** Anonymous without address and password. @returns the user id */
    login(email?: string, password?: string): Promise<string>;
    logout(): Promise<void>;
    userProfile(): Promise<{
      user_id: string;
      type: string;
      identities: { id: string; provider_type: string }[];
      data: Record<string, string>;
    }>;
    isAuthenticated(): boolean;
    authedId(): string | null;
    executeFunction(name: string, ...args: unknown[]): Promise<unknown>;
    auth: { getAccessToken(): string; getRefreshToken(): string; getDeviceId(): string };
  }

  /** What the specs use of the client that the original's first console was built on. */
  export interface StitchAdminClient {
    authenticate(
      provider: 'userpass' | 'apiKey' | 'mongodbCloud',
      credentials: string | { username: string; password: string } | { username: string; apiKey: string },
    ): Promise<string>;
    userProfile(): Promise<{ user_id: string; roles: { role_name: string; group_id: string }[] }>;
    getAuthProviders(): Promise<{ name: string }[]>;
    logout(): Promise<void>;
    isAuthenticated(): boolean;
  }

  export const StitchAdminClientFactory: {
    create(baseUrl: string): Promise<StitchAdminClient>;
  };

  export const StitchClientFactory: {
    create(clientAppId: string, options: { baseUrl: string; requestOrigin?: string }): Promise<StitchClient>;
  };
}
