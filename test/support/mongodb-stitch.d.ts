/** The package has no types: what the specs use of it. */
declare module 'mongodb-stitch' {
  export interface StitchClient {
    register(email: string, password: string): Promise<unknown>;
    /** Anonymous without address and password. @returns the user id */
    login(email?: string, password?: string): Promise<string>;
    authenticate(provider: 'apiKey' | 'custom', credentials: string): Promise<string>;
    authenticate(provider: 'google', credentials: { authCode: string }): Promise<string>;
    authenticate(provider: 'facebook', credentials: { accessToken: string }): Promise<string>;
    linkWithProvider(provider: 'google', credentials: { authCode: string }): Promise<unknown>;
    createApiKey(name: string): Promise<{ _id: string; key: string }>;
    getApiKeys(): Promise<{ _id: string; name: string; disabled: boolean }[]>;
    getApiKeyByID(id: string): Promise<{ _id: string; name: string; disabled: boolean }>;
    deleteApiKeyByID(id: string): Promise<unknown>;
    enableApiKeyByID(id: string): Promise<unknown>;
    disableApiKeyByID(id: string): Promise<unknown>;
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
    auth: {
      getAccessToken(): string;
      getRefreshToken(): string;
      getDeviceId(): string;
      provider(name: 'userpass'): {
        emailConfirm(tokenId: string, token: string): Promise<unknown>;
        sendEmailConfirm(email: string): Promise<unknown>;
        sendPasswordReset(email: string): Promise<unknown>;
        passwordReset(tokenId: string, token: string, password: string): Promise<unknown>;
      };
    };
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
    apps(groupId: string): StitchAdminApps;
  }

  /** Of a resource: what the answers have in common. */
  export interface StitchAdminRecord {
    _id: string;
    [field: string]: unknown;
  }

  interface StitchAdminApps {
    list(): Promise<StitchAdminRecord[]>;
    create(app: object, options?: { product: string }): Promise<StitchAdminRecord>;
    app(id: string): StitchAdminApp;
  }

  interface StitchAdminList {
    list(filter?: object): Promise<StitchAdminRecord[]>;
    create(data?: object): Promise<StitchAdminRecord>;
  }

  interface StitchAdminItem {
    get(): Promise<StitchAdminRecord>;
    update(data: unknown): Promise<unknown>;
    enable(): Promise<unknown>;
    disable(): Promise<unknown>;
    logout(): Promise<unknown>;
    remove(): Promise<unknown>;
  }

  interface StitchAdminSettings {
    get(): Promise<unknown>;
    update(data: unknown): Promise<unknown>;
  }

  export interface StitchAdminApp {
    get(): Promise<StitchAdminRecord>;
    remove(): Promise<unknown>;
    apiKeys(): StitchAdminList & { apiKey(id: string): StitchAdminItem };
    authProviders(): StitchAdminList & { authProvider(id: string): StitchAdminItem };
    customUserData(): StitchAdminSettings;
    deploy(): { deployments(): { list(): Promise<unknown>; get(id: string): Promise<StitchAdminRecord> } };
    drafts(): StitchAdminList & {
      deploy(id: string): Promise<StitchAdminRecord>;
      delete(id: string): Promise<unknown>;
    };
    functions(): StitchAdminList & { function(id: string): StitchAdminItem };
    secrets(): StitchAdminList & { secret(id: string): StitchAdminItem };
    security(): { allowedRequestOrigins(): StitchAdminSettings };
    services(): StitchAdminList & { service(id: string): StitchAdminItem & { rules(): StitchAdminList } };
    sync(): { config(): StitchAdminSettings };
    userRegistrations(): {
      sendConfirmationEmail(email: string): Promise<{ token: string; token_id: string }>;
      listPending(): Promise<StitchAdminRecord[]>;
      confirmByEmail(email: string): Promise<unknown>;
      removePendingUserByEmail(email: string): Promise<unknown>;
    };
    users(): StitchAdminList & { count(): Promise<number>; user(id: string): StitchAdminItem };
    values(): StitchAdminList;
  }

  export const StitchAdminClientFactory: {
    create(baseUrl: string): Promise<StitchAdminClient>;
  };

  export const StitchClientFactory: {
    create(clientAppId: string, options: { baseUrl: string; requestOrigin?: string }): Promise<StitchClient>;
  };
}
