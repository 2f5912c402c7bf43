/**
 * Reads an upload in a process of its own: whatever a hostile or broken file does there (endless loop,
 * memory, native crash) ends as a ParseError here. One warm process is kept, because starting Node and
 * loading a parser takes 0.3-1 s.
 */

import type { ParsedDocument } from '../../graph/index.ts';
import { ParserProcess } from './parser-process.ts';
import { DEFAULT_PARSE_LIMITS, type ParseLimits, type ParseRequest } from './types.ts';

/** A fresh process after so many documents keeps leaks of parser libraries small. */
const MAX_DOCUMENTS = 100;
const IDLE_MS = 60_000;

export interface ParserOptions {
  /** Path of another child script; for tests of hangs and crashes. */
  readonly childModule?: string;
}

/** Owns at most one idle parser process; `parse` may be called concurrently. */
export class ChildParser {
  readonly #options: ParserOptions;
  #idle: { process: ParserProcess; memoryMb: number; timer: NodeJS.Timeout } | undefined;

  constructor(options: ParserOptions = {}) {
    this.#options = options;
  }

  /**
   * @param limits missing ones are taken from `DEFAULT_PARSE_LIMITS`
   * @throws ParseError
   */
  async parse(
    request: ParseRequest,
    limits: Partial<ParseLimits> = {},
    signal?: AbortSignal,
  ): Promise<ParsedDocument> {
    const job = { request, limits: { ...DEFAULT_PARSE_LIMITS, ...limits } };
    const process = this.#take(job.limits.memoryMb);
    try {
      const document = await process.run(job, signal);
      this.#keep(process, job.limits.memoryMb);
      return document;
    } catch (error) {
      // After an error the process may be in any state; the next document gets a fresh one.
      process.kill();
      throw error;
    }
  }

  /** Ends the idle process; running ones end with their document. */
  close(): void {
    this.#takeIdle()?.process.kill();
  }

  #take(memoryMb: number): ParserProcess {
    const idle = this.#takeIdle();
    if (idle !== undefined && idle.process.alive && idle.memoryMb === memoryMb) return idle.process;
    idle?.process.kill();
    return new ParserProcess({ memoryMb, childModule: this.#options.childModule });
  }

  #takeIdle(): { process: ParserProcess; memoryMb: number } | undefined {
    const idle = this.#idle;
    if (idle !== undefined) clearTimeout(idle.timer);
    this.#idle = undefined;
    return idle;
  }

  #keep(process: ParserProcess, memoryMb: number): void {
    if (this.#idle !== undefined || process.documents >= MAX_DOCUMENTS || !process.alive) {
      process.kill();
      return;
    }
    const timer = setTimeout(() => this.close(), IDLE_MS);
    timer.unref();
    this.#idle = { process, memoryMb, timer };
  }
}

const shared = new ChildParser();

/** `ChildParser.parse` on the parser that this process shares. */
export function parseInChild(
  request: ParseRequest,
  limits: Partial<ParseLimits> = {},
  signal?: AbortSignal,
): Promise<ParsedDocument> {
  return shared.parse(request, limits, signal);
}
