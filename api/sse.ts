/** Server-sent events with a ping, so that proxies keep the line open. */
import type { Response } from 'express';

const PING_MS = 10_000;

export interface EventStream {
  send(event: string, data: unknown): void;
  end(): void;
  /** Runs once when the stream ends, whoever ends it. */
  onClose(listener: () => void): void;
}

export function eventStream(response: Response): EventStream {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  // A write after the end would be an error of the whole process.
  const write = (text: string): void => {
    if (!response.writableEnded && !response.destroyed) response.write(text);
  };
  const ping = setInterval(() => write(': ping\n\n'), PING_MS);
  response.once('close', () => clearInterval(ping));
  return {
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    end: () => {
      clearInterval(ping);
      response.end();
    },
    onClose: (listener) => response.once('close', listener),
  };
}
