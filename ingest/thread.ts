/** Starts and stops the ingest thread. */
import { Worker } from 'node:worker_threads';
import { workerFile, type EngineProcess } from '../cache/index.ts';
import type { HandlerLog } from './handle-job.ts';
import type { IngestThreadMessage, IngestThreadOptions } from './worker-options.ts';

export interface IngestThread {
  /** Interrupts running jobs (they continue at the next start) and waits for the thread to end. */
  close(): Promise<void>;
}

/** How long a thread that was asked to end may take before it is stopped: jobs survive that. */
const CLOSE_TIMEOUT_MS = 5000;

export async function startIngestThread(
  options: Omit<IngestThreadOptions, 'enginePort'>,
  engine: EngineProcess,
  log: HandlerLog,
  /** The thread ended although nobody closed it. */
  onExit?: (error: Error) => void,
): Promise<IngestThread> {
  const enginePort = engine.newPort();
  const worker = new Worker(workerFile(import.meta.url, './worker'), {
    workerData: { ...options, enginePort } satisfies IngestThreadOptions,
    transferList: [enginePort],
  });
  let expected = true;
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      resolve();
      if (!expected) onExit?.(new Error(`the ingest thread ended with exit code ${code}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: IngestThreadMessage) => {
      if (message.kind === 'ready') resolve();
      if (message.kind === 'failed') reject(new Error(message.message));
      if (message.kind === 'log') log.warn(message.details, message.message);
    });
    worker.on('error', (error) => {
      log.warn({ err: error }, 'the ingest thread failed');
      reject(error);
    });
    void exited.then(() => reject(new Error('the ingest thread ended while it started')));
  });
  expected = false;
  return {
    close: async () => {
      expected = true;
      worker.postMessage('close');
      const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
