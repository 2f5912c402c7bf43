/** A server that gives what a real one cannot be asked to give: faults, in the order of a script. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Scene = (request: IncomingMessage, response: ServerResponse, body: any) => void;

export interface FaultServer {
  readonly url: string;
  /** What came, in order. */
  readonly bodies: any[];
  readonly headers: IncomingMessage['headers'][];
  close(): Promise<void>;
}

/** The last scene repeats. */
export async function faultServer(...scenes: Scene[]): Promise<FaultServer> {
  const bodies: any[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const scene = scenes[Math.min(bodies.length, scenes.length - 1)]!;
      bodies.push(body);
      headers.push(request.headers);
      scene(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Scene {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

export function says(text: string): Scene {
  return answer(200, {
    choices: [{ message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 3 },
  });
}

/** Events as they are given; then the connection ends, or breaks. */
export function streams(events: readonly string[], breaks = false): Scene {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const event of events) response.write(`data: ${event}\n\n`);
    if (breaks) setImmediate(() => response.destroy());
    else response.end();
  };
}

export const piece = (content: string, finish: string | null = null): string =>
  JSON.stringify({ choices: [{ delta: { content }, finish_reason: finish }] });
