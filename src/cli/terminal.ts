/** What a command is run with: the settings it reads, where its words go, and where a password comes from. */
export interface Terminal {
  env: NodeJS.ProcessEnv;
  out: (text: string) => unknown;
  err: (text: string) => unknown;
  /** Asks for a new password. @throws where none can be had */
  newPassword(): Promise<string>;
}
