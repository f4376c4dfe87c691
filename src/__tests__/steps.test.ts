import { describe, expect, it } from 'vitest';

import { readChunks, readSteps } from '../steps';
import type { Step } from '../wire';

const STEPS: Step[] = [
  { step: 'notebook: cell 1 “größe”', equal: null, lines: [], error: null },
  { step: null, equal: true, lines: ['Equal: 3 values 😀'], error: null }
];
const BYTES = new TextEncoder().encode(STEPS.map(step => `${JSON.stringify(step)}\n`).join(''));

async function* inChunksOf(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) {
    yield bytes.slice(start, start + sizeBytes);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}

describe('readSteps', () => {
  it.each([1, 2, 7, 64, 10_000])('puts lines together that come in chunks of %i bytes', async sizeBytes => {
    expect(await collect(readSteps(inChunksOf(BYTES, sizeBytes)))).toEqual(STEPS);
  });

  it('yields a step as soon as its line is complete', async () => {
    const end = BYTES.indexOf('\n'.charCodeAt(0)) + 1;
    const steps = readSteps(
      (async function* () {
        yield BYTES.slice(0, end);
        throw new Error('the connection was closed');
      })()
    );
    expect((await steps.next()).value).toEqual(STEPS[0]);
    await expect(steps.next()).rejects.toThrow('the connection was closed');
  });

  it('drops a line that was cut off', async () => {
    expect(await collect(readSteps(inChunksOf(BYTES.slice(0, -5), 100)))).toEqual([STEPS[0]]);
  });

  it('yields nothing for an empty answer', async () => {
    expect(await collect(readSteps(inChunksOf(new Uint8Array(), 1)))).toEqual([]);
  });
});

describe('readChunks', () => {
  it('reads a stream to its end', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(BYTES.slice(0, 9));
        controller.enqueue(BYTES.slice(9));
        controller.close();
      }
    });
    expect(await collect(readSteps(readChunks(stream)))).toEqual(STEPS);
  });

  it('passes an error of the stream on', async () => {
    const stream = new ReadableStream<Uint8Array>({ start: controller => controller.error(new Error('aborted')) });
    await expect(collect(readChunks(stream))).rejects.toThrow('aborted');
  });
});
