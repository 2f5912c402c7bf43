import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { RpcClient, RemoteEngineError } from '../../cache/rpc/client.ts';
import { serveRpc, type CallContext, type RpcHandlers } from '../../cache/rpc/server.ts';
import { CancelledError, SequenceFullError } from '../../engine/index.ts';

const open: { close(): void }[] = [];
afterEach(() => open.splice(0).forEach((port) => port.close()));

function connect(handlers: RpcHandlers) {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  serveRpc(port1, handlers);
  return { client: new RpcClient(port2), server: port1, port: port2 };
}

/** Runs until its caller gives up; says so by throwing. */
async function waitForCancel(_: unknown, call: CallContext): Promise<never> {
  while (!call.isCancelled()) await new Promise((resolve) => setTimeout(resolve, 2));
  throw new CancelledError();
}

describe('a call', () => {
  it('brings parameters there and results back, many at a time', async () => {
    const { client } = connect({ double: async (n: number) => n * 2 });
    const numbers = Array.from({ length: 50 }, (_, i) => i);
    const doubled = await Promise.all(numbers.map((n) => client.call<number>('double', n)));
    expect(doubled).toEqual(numbers.map((n) => n * 2));
  });

  it('sends its events in order before its result', async () => {
    const { client } = connect({
      count: async (to: number, call) => {
        for (let n = 1; n <= to; n++) call.emit(n);
        return 'done';
      },
    });
    const events: number[] = [];
    const onEvent = (n: number): void => void events.push(n);
    await expect(client.call('count', 4, { onEvent })).resolves.toBe('done');
    expect(events).toEqual([1, 2, 3, 4]);
  });

  it('throws what the other side threw, with code, fix and the stack as its cause', async () => {
    const { client } = connect({
      fail: async () => {
        throw new SequenceFullError(600, 512, 'maxPositions');
      },
      crash: async () => {
        throw new TypeError('x is not a function');
      },
    });
    const error = await client.call('fail', {}).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(RemoteEngineError);
    expect(error).toMatchObject({ code: 'sequence_full', fix: expect.stringMatching(/shorter/) });
    expect((error as Error).cause).toMatchObject({ stack: expect.stringMatching(/rpc\.test/) });
    await expect(client.call('crash', {})).rejects.toMatchObject({ code: 'engine_error' });
    await expect(client.call('toString', {})).rejects.toThrow(/no method toString/);
  });

  it('ends with CancelledError when its signal aborts, before or while it runs', async () => {
    const { client } = connect({ wait: waitForCancel });
    const early = client.call('wait', {}, { signal: AbortSignal.abort() });
    await expect(early).rejects.toBeInstanceOf(CancelledError);
    const control = new AbortController();
    const running = client.call('wait', {}, { signal: control.signal });
    setTimeout(() => control.abort(), 10);
    await expect(running).rejects.toBeInstanceOf(CancelledError);
  });

  it('fails alone when its listener throws, and is given up on the other side', async () => {
    const ended = { value: false };
    const { client } = connect({
      talk: async (_: unknown, call) => {
        call.emit('hello');
        await waitForCancel(_, call).catch(() => (ended.value = true));
      },
      ok: async () => 1,
    });
    const onEvent = (): void => {
      throw new Error('listener is broken');
    };
    await expect(client.call('talk', {}, { onEvent })).rejects.toThrow('listener is broken');
    await expect(client.call('ok', {})).resolves.toBe(1);
    await expect.poll(() => ended.value).toBe(true);
  });

  it('rejects for parameters and results that cannot be sent', async () => {
    const { client } = connect({ give: async () => () => 1 });
    await expect(client.call('give', () => 1)).rejects.toThrow(/clone/);
    await expect(client.call('give', {})).rejects.toThrow(/clone/);
  });
});

describe('a closed port', () => {
  it('fails open and later calls with engine_error', async () => {
    const { client, server } = connect({ wait: waitForCancel });
    const running = client.call('wait', {});
    setTimeout(() => server.close(), 10);
    await expect(running).rejects.toMatchObject({ code: 'engine_error' });
    await expect(client.call('wait', {})).rejects.toMatchObject({ code: 'engine_error' });
  });

  it('cancels what its caller had asked for', async () => {
    const cancelled = { value: false };
    const { client, port } = connect({
      wait: async (_: unknown, call) => {
        await waitForCancel(_, call).catch(() => (cancelled.value = true));
      },
    });
    client.call('wait', {}).catch(() => undefined);
    setTimeout(() => port.close(), 10);
    await expect.poll(() => cancelled.value).toBe(true);
  });
});
