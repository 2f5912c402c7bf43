/** The event reader takes a stream cut at any byte. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents, type ServerEvent } from '../../ui/client/sse.ts';

const wire =
  ': ping\n\nevent: answer.text.delta\ndata: {"delta":"Tromsø 🚢"}\n\n: ping\n\nevent: done\r\ndata: 1\r\ndata: 2\r\n\r\n';
const expected: ServerEvent[] = [
  { event: 'answer.text.delta', data: '{"delta":"Tromsø 🚢"}' },
  { event: 'done', data: '1\n2' },
];

async function readAll(parts: Uint8Array<ArrayBuffer>[]): Promise<ServerEvent[]> {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  const events: ServerEvent[] = [];
  for await (const event of readEvents(new Response(body))) events.push(event);
  return events;
}

test('events come out whole however the bytes arrive, and comments are passed over', async () => {
  const bytes = new TextEncoder().encode(wire);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length)), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const parts = at.slice(1).map((end, index) => bytes.slice(at[index], end));
      expect(await readAll(parts)).toEqual(expected);
    }),
  );
});
