import { z } from 'zod';
import { BODIES } from '../../shared-signals/stream-request.js';
import { Free } from '../shapes.js';
import { under, type OperationTexts } from './operation.js';

const Stream = Free;
const Sets = z.object({ sets: z.record(z.string(), z.string()), moreAvailable: z.boolean().optional() });
const ID = { stream_id: 'of one stream' };

/** OpenID Shared Signals, for receivers and for administrators. */
export const SIGNAL_OPERATIONS: OperationTexts = {
  'GET /.well-known/ssf-configuration/api/client/v2.0/app/{clientAppId}': {
    summary: 'What the app tells receivers of Shared Signals, where the specification puts it',
    answer: Free,
  },
  ...under('/api/client/v2.0/app/{clientAppId}', {
    'GET /.well-known/ssf-configuration': { summary: 'The same, under the issuer', answer: Free },
    'POST /ssf/streams': { summary: 'Make the stream of this receiver', body: BODIES.wanted, answer: Stream },
    'GET /ssf/streams': { summary: 'The stream, or a list', query: ID, answer: Stream },
    'PATCH /ssf/streams': { summary: 'Change a stream', body: BODIES.update, answer: Stream },
    'PUT /ssf/streams': { summary: 'Replace what a stream is set to', body: BODIES.update, answer: Stream },
    'DELETE /ssf/streams': { summary: 'Delete a stream', query: ID },
    'GET /ssf/status': { summary: 'Whether a stream delivers', query: ID, answer: Free },
    'POST /ssf/status': { summary: 'Enable, pause or disable a stream', body: BODIES.status, answer: Free },
    'POST /ssf/verify': { summary: 'Ask for a verification event', body: BODIES.verification },
    'POST /ssf/poll/{streamId}': {
      summary: 'Fetch and acknowledge events (RFC 8936)',
      body: BODIES.poll,
      answer: Sets,
    },
  }),
  ...under('/api/admin/v3.0/groups/{groupId}/apps/{appId}', {
    'GET /ssf/streams': { summary: 'Streams of Shared Signals, with what waits', answer: z.array(Stream) },
    'POST /ssf/streams': { summary: 'Make a stream for a server key', body: BODIES.wanted, answer: Stream },
    'PATCH /ssf/streams/{id}': { summary: 'Enable, pause or disable a stream', body: BODIES.status, answer: Stream },
    'DELETE /ssf/streams/{id}': { summary: 'Delete a stream' },
  }),
};
