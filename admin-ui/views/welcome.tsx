import type { VNode } from 'preact';
import { Page } from '../layouts/page.js';

/** What a person sees who opens the server's address in a browser. */
export function Welcome({ publicUrl }: { publicUrl: string }): VNode {
  return (
    <Page title="Welcome">
      <h1>Latchkey is running</h1>
      <p>
        This is an authentication server. Apps reach it at <code>{publicUrl}</code>.
      </p>
      <ul>
        <li>
          <a href="health/ready">Is it ready?</a>
        </li>
      </ul>
    </Page>
  );
}
