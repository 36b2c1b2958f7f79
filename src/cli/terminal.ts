/** What a command is run with: the settings it reads, and where its words go. */
export interface Terminal {
  env: NodeJS.ProcessEnv;
  out(text: string): unknown;
  err(text: string): unknown;
}
