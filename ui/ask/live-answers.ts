/** Answers being streamed to this tab, by id; outlives the pages, so that navigating does not lose a stream. */
import type { Answer, AnswerEvent, AnswerRequest, Problem } from '../../api/contract/index.ts';
import { send, sendJson, workspacePath } from '../client/http.ts';
import { problemOf } from '../client/problem.ts';
import { readEvents } from '../client/sse.ts';

export type Stage = Extract<AnswerEvent, { type: 'answer.stage' }>['stage'];
export type LiveAnswer = {
  answer: Answer;
  stage: Stage | null;
  done: boolean;
  problem: Problem | null;
};
export type Ask = Pick<AnswerRequest, 'question' | 'mode' | 'conversation_id'>;

/** How long a stopped answer may take to say so before its connection is cut. */
const stopGraceMs = 5_000;

export class LiveAnswers {
  private readonly answers = new Map<string, LiveAnswer>();
  private readonly aborts = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private readonly onEnd: (answer: Answer) => void;

  /** `onEnd` is told each answer in its final state. */
  constructor(onEnd: (answer: Answer) => void) {
    this.onEnd = onEnd;
  }

  get(id: string): LiveAnswer | undefined {
    return this.answers.get(id);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Asks, and resolves to the answer's id once the server has made one; the stream goes on behind it. */
  async ask(workspaceId: string, ask: Ask, abort = new AbortController()): Promise<string> {
    const response = await send(`${workspacePath(workspaceId)}/answers`, {
      method: 'POST',
      json: { ...ask, stream: true },
      accept: 'text/event-stream',
      signal: abort.signal,
    });
    return this.begin(response, abort);
  }

  /** Goes on with an answer that this tab does not follow (any more): a reloaded page, another tab. */
  async resume(id: string): Promise<void> {
    if (this.answers.has(id) || this.aborts.has(id)) return;
    const abort = new AbortController();
    this.aborts.set(id, abort);
    const path = `/v1/answers/${encodeURIComponent(id)}/stream`;
    try {
      await this.begin(
        await send(path, { accept: 'text/event-stream', signal: abort.signal }),
        abort,
      );
    } catch {
      this.aborts.delete(id); // the stored answer is asked for again
    }
  }

  /** Reads the first event, which carries the answer as it stands; the rest is followed behind it. */
  private async begin(response: Response, abort: AbortController): Promise<string> {
    const events = readAnswerEvents(response);
    const first = await events.next();
    if (first.done || !('answer' in first.value))
      throw new Error('The answer stream did not start.');
    const { answer } = first.value;
    this.aborts.set(answer.id, abort);
    this.set(
      answer.id,
      applyEvent({ answer, stage: null, done: false, problem: null }, first.value),
    );
    void this.follow(answer.id, events);
    return answer.id;
  }

  /** Asks the server to stop; what was written so far is kept. */
  async stop(id: string): Promise<void> {
    const cut = setTimeout(() => this.aborts.get(id)?.abort(), stopGraceMs);
    await sendJson('POST', `/v1/answers/${encodeURIComponent(id)}/cancel`).catch(() =>
      this.aborts.get(id)?.abort(),
    );
    if (this.get(id)?.done) clearTimeout(cut);
  }

  private async follow(id: string, events: AsyncGenerator<AnswerEvent>): Promise<void> {
    try {
      for await (const event of events) this.update(id, (live) => applyEvent(live, event));
      if (!this.get(id)?.done) throw new Error('The connection ended before the answer did.');
    } catch (error) {
      this.update(id, (live) => (live.done ? live : endedEarly(live, error)));
    } finally {
      this.aborts.delete(id);
      const live = this.get(id);
      if (live) this.onEnd(live.answer);
    }
  }

  private update(id: string, change: (live: LiveAnswer) => LiveAnswer): void {
    const live = this.answers.get(id);
    if (live) this.set(id, change(live));
  }

  private set(id: string, live: LiveAnswer): void {
    this.answers.set(id, live);
    for (const listener of this.listeners) listener();
  }
}

async function* readAnswerEvents(response: Response): AsyncGenerator<AnswerEvent> {
  for await (const { event, data } of readEvents(response)) {
    if (event.startsWith('answer.')) yield JSON.parse(data) as AnswerEvent;
  }
}

function endedEarly(live: LiveAnswer, error: unknown): LiveAnswer {
  const stopped = error instanceof DOMException && error.name === 'AbortError';
  const answer: Answer = { ...live.answer, status: stopped ? 'cancelled' : 'incomplete' };
  return { ...live, answer, stage: null, done: true, problem: stopped ? null : problemOf(error) };
}

/** The next state of an answer after one event. */
export function applyEvent(live: LiveAnswer, event: AnswerEvent): LiveAnswer {
  const change = (part: Partial<Answer>): LiveAnswer => ({
    ...live,
    answer: { ...live.answer, ...part },
  });
  switch (event.type) {
    case 'answer.created':
      return live;
    case 'answer.stage':
      return { ...live, stage: event.stage };
    case 'answer.retrieval':
      return change({ context: event.context, paths: event.paths });
    case 'answer.kv_plan':
      return change({ reuse: event.reuse, ribbon: event.ribbon });
    case 'answer.text.delta':
      return change({ text: live.answer.text + event.delta });
    case 'answer.text.replaced':
      return change({ text: event.text, kind: event.kind });
    case 'answer.citation.added':
      return change({ citations: [...live.answer.citations, event.citation] });
    case 'answer.failed':
      return { ...live, answer: event.answer, stage: null, done: true, problem: event.error };
    default:
      return { ...live, answer: event.answer, stage: null, done: true };
  }
}
