/** More than any feed has; a stream that never ends an event does not fill the memory. */
const MAX_EVENT_LENGTH = 64 * 1024 * 1024;

/** The data of each server-sent event (WHATWG HTML §9.2), as far as the feed makes use of them: one line each. */
export async function* eventsIn(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    rest += text;
    if (rest.length > MAX_EVENT_LENGTH) throw new Error('the stream does not end its event');
    if (!text.includes('\n')) continue;
    const lines = rest.split(/\r?\n/);
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim();
  }
}
