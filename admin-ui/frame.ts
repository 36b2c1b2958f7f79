/** What a page of the console knows besides its own subject. */
export interface Frame {
  /** Path of the console on this server, as browsers see it: `/console`, or `/auth/console` behind a proxy. */
  base: string;
  /** Goes into every form. */
  csrf: string;
  /** Who is logged in. */
  email: string;
  flash?: Flash | undefined;
  apps: AppLink[];
  /** The app that the page is about. */
  app?: AppLink | undefined;
  /** What the role of the reader allows in that app; in any group where the page is about none. `server`: look at it as a whole. */
  can: { support: boolean; admin: boolean; server: boolean };
  publicUrl: string;
  now: Date;
}

export interface AppLink {
  name: string;
  clientAppId: string;
  /** Of its pages. */
  path: string;
  /** Of its routes in the Admin API. */
  apiPath: string;
}

/** What became of the form that was sent before. */
export interface Flash {
  kind: 'done' | 'failed';
  text: string;
}
