import type { VNode } from 'preact';

/** The description of the API, drawn by Swagger UI. Addresses are relative: a proxy may serve us under a path. */
export function Docs(): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>API · Latchkey</title>
        <link rel="stylesheet" href="docs/assets/swagger-ui.css" />
      </head>
      <body>
        <main id="api">
          <p>
            The description of the API: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1)
          </p>
        </main>
        <script src="docs/assets/swagger-ui-bundle.js" />
        <script src="docs/assets/docs.js" />
      </body>
    </html>
  );
}
