/**
 * A backend whose users log in with Latchkey. It verifies access tokens on its own, and yet a logout counts within a second.
 *
 *   LATCHKEY_APP=http://localhost:8300/api/client/v2.0/app/demo-local node examples/backend/server.js
 */
import express from 'express';
import { claimsOf, expressAuth, Verifier } from 'latchkey/verifier';

const verifier = new Verifier({
  issuer: process.env.LATCHKEY_APP,
  // Where it is reached from here, if that is another address.
  url: process.env.LATCHKEY_APP_URL,
  // Refuse everybody with 503 rather than trust what was heard longer ago.
  maxStaleSeconds: Number(process.env.MAX_STALE_SECONDS ?? 10),
  whenStale: process.env.WHEN_STALE ?? 'failClosed',
  onError: (error) => process.stderr.write(`${error.message}\n`),
});

const app = express();

app.get('/health', (_request, response) => {
  response.status(verifier.status.stale ? 503 : 200).json(verifier.status);
});

app.get('/me', expressAuth(verifier), (request, response) => {
  const { sub, user_data: data } = claimsOf(request);
  response.json({ user: sub, data });
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  process.stdout.write(`listening on ${server.address().port}\n`);
});

process.on('SIGTERM', () => {
  verifier.close();
  server.close();
});
