/** The server's side of one parser process: starts it, gives it a job, judges how it ended. */

import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ParsedDocument } from '../../graph/index.ts';
import { MEMORY_MARK, type ParseJob, type ParseReply } from './child-protocol.ts';
import { ParseError, type ParseErrorCode } from './errors.ts';

const STDERR_CHARS = 4_000;
/** The heap's share of the memory limit; the rest is for buffers, code and the runtime itself. */
const HEAP_SHARE = 0.75;

export class ParserProcess {
  readonly #child: ChildProcess;
  #stderr = '';
  #exit: { code: number | null; signal: string | null } | undefined;
  documents = 0;

  constructor(options: { readonly memoryMb: number; readonly childModule?: string }) {
    const module =
      options.childModule ?? fileURLToPath(new URL(ownExtension('child'), import.meta.url));
    this.#child = fork(module, [], {
      execArgv: [
        `--max-old-space-size=${Math.floor(options.memoryMb * HEAP_SHARE)}`,
        ...typescriptLoader(module),
      ],
      // The child needs none of the server's secrets.
      env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString('utf8')).slice(-STDERR_CHARS);
    });
    this.#child.on('exit', (code, signal) => {
      this.#exit = { code, signal };
    });
    this.#child.on('error', () => undefined);
    this.rest();
  }

  get alive(): boolean {
    return this.#exit === undefined && this.#child.connected;
  }

  /** An idle parser does not keep the server's process from ending. */
  rest(): void {
    this.#child.unref();
    this.#child.channel?.unref();
    (this.#child.stderr as { unref?(): void } | null)?.unref?.();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** @throws ParseError; afterwards the process may be dead, see `alive` */
  async run(job: ParseJob, signal?: AbortSignal): Promise<ParsedDocument> {
    this.documents += 1;
    const reply = await this.#exchange(job, signal);
    if (reply.ok) return reply.document;
    throw new ParseError(reply.error.message, { code: reply.error.code, fix: reply.error.fix });
  }

  #exchange(job: ParseJob, signal: AbortSignal | undefined): Promise<ParseReply> {
    const child = this.#child;
    child.ref();
    child.channel?.ref();
    return new Promise<ParseReply>((resolve, reject) => {
      const stop = (error: ParseError): void => {
        this.kill();
        finish(() => reject(error));
      };
      const timer = setTimeout(() => stop(timedOut(job)), job.limits.timeoutMs);
      const onMessage = (reply: unknown): void => finish(() => resolve(reply as ParseReply));
      // 'close' comes after stderr is read to its end, so that the reason is known.
      const onClose = (): void => finish(() => reject(this.#ended(job)));
      const onAbort = (): void => stop(aborted(job));
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        child.off('message', onMessage).off('close', onClose);
        signal?.removeEventListener('abort', onAbort);
        this.rest();
        settle();
      };
      child.on('message', onMessage).on('close', onClose);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      else if (!this.alive) onClose();
      else child.send(job, () => undefined);
    });
  }

  #ended(job: ParseJob): ParseError {
    const name = job.request.name;
    const reason = this.#stderr;
    if (
      reason.includes(MEMORY_MARK) ||
      /heap out of memory|Allocation failed|Array buffer allocation/i.test(reason)
    ) {
      return problem(
        'parser_out_of_memory',
        `Reading "${name}" needed more than ${job.limits.memoryMb} MiB of memory`,
        'Split the document into smaller parts, or save it in a simpler format such as plain text.',
      );
    }
    const how = this.#exit?.signal ?? `exit code ${this.#exit?.code ?? 'unknown'}`;
    return problem(
      'parser_crashed',
      `The parser ended unexpectedly on "${name}" (${how})`,
      'The file may be damaged: save it again with the program it comes from and upload the copy.',
    );
  }
}

/** In tests and development the sources run as TypeScript, in production as compiled JavaScript. */
function ownExtension(stem: string): string {
  return `./${stem}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
}

function typescriptLoader(module: string): string[] {
  if (!module.endsWith('.ts')) return [];
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(tsx).href];
}

function timedOut(job: ParseJob): ParseError {
  return problem(
    'parser_timeout',
    `Reading "${job.request.name}" took longer than ${job.limits.timeoutMs / 1000} s and was stopped`,
    'Split the document into smaller parts, or save it in a simpler format such as plain text.',
  );
}

function aborted(job: ParseJob): ParseError {
  return problem(
    'parser_aborted',
    `Reading "${job.request.name}" was stopped because its job was canceled`,
    'Upload the document again if it is still wanted.',
  );
}

function problem(code: ParseErrorCode, message: string, fix: string): ParseError {
  return new ParseError(message, { code, fix });
}
