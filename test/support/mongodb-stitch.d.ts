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

  export const StitchClientFactory: {
    create(clientAppId: string, options: { baseUrl: string; requestOrigin?: string }): Promise<StitchClient>;
  };
}
