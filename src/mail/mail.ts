/** What a person receives. */
export interface Mail {
  to: string;
  /** Where it is not the server's own sender: `Shop <no-reply@shop.example>`. */
  from?: string;
  subject: string;
  text: string;
  html: string;
}

/** A mail with what the outbox has to know of it. */
export interface Letter {
  /** What it is about, such as `reset:<identity id>`: a newer one about the same takes its place while it waits. */
  topic: string;
  /** When the link in it ends: then nobody needs it any more. */
  expiresAt: Date;
  mail: Mail;
}
