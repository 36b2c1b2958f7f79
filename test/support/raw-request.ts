import { connect } from 'node:net';

/** What came back over the socket, down to the bytes that fetch would not let through. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/**
 * Sends bytes as they are and reads one answer. For methods, paths and bodies that no client library sends.
 *
 * @throws when the connection ends, or ten seconds pass, without an answer
 */
export function rawRequest(baseUrl: string, request: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(request));
    const settle = () => {
      const answer = answerIn(received);
      if (answer) resolve(answer);
      else reject(new Error(`no whole answer: ${JSON.stringify(received.slice(0, 500))}`));
      socket.destroy();
    };
    socket.setEncoding('utf8').setTimeout(10_000, settle);
    socket.on('data', (chunk) => {
      received += String(chunk);
      if (answerIn(received)) settle();
    });
    socket.on('end', settle);
    socket.on('error', settle);
  });
}

/** The lines of a request with a body, its length counted. */
export function requestText(line: string, body = '', headers: string[] = []): string {
  const length = [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`${line} HTTP/1.1`, 'Host: localhost', ...headers, ...(body === '' ? [] : length), '', body].join('\r\n');
}

function answerIn(received: string): RawAnswer | undefined {
  const [head, ...rest] = received.split('\r\n\r\n');
  if (head === undefined || rest.length === 0) return undefined;
  const [status, ...lines] = head.split('\r\n');
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  const headers = Object.fromEntries(pairs) as Record<string, string>;
  const text = rest.join('\r\n\r\n');
  if (Buffer.byteLength(text) < Number(headers['content-length'] ?? 0)) return undefined;
  return { status: Number(status?.split(' ')[1]), headers, text };
}
