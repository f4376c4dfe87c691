import type { Step } from './wire';

/** The steps in the answer of `verify`: one line of JSON each. A line may come in several chunks. */
export async function* readSteps(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Step> {
  const decoder = new TextDecoder();
  let unfinished = '';
  for await (const chunk of chunks) {
    const lines = (unfinished + decoder.decode(chunk, { stream: true })).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines) {
      yield JSON.parse(line);
    }
  }
}

/** The chunks of a response as they arrive; not every browser can iterate over a stream itself. */
export async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    yield value;
  }
}
