/** How the answer was computed: one sentence, the token ribbon, and the way to the first token. */
import type { Answer } from '../../api/contract/index.ts';
import { formatCount, formatMs, formatPercent } from '../parts/format.ts';
import { TokenRibbon } from './TokenRibbon.tsx';
import { Waterfall } from './Waterfall.tsx';

export function Computation({ answer }: { answer: Answer }) {
  const { reuse, timings_ms: timings, ribbon } = answer;
  if (!reuse && !timings) return null;
  return (
    <section aria-labelledby="computation" className="border-t border-line pt-4">
      <h2 id="computation" className="text-sm font-semibold">
        How it was computed
      </h2>
      {reuse && (
        <p className="mt-1 text-muted tabular-nums">
          <strong className="font-semibold text-ink">
            {formatPercent(reuse.cached_tokens, reuse.prompt_tokens)}
          </strong>{' '}
          of the prompt came from the cache: {formatCount(reuse.cached_tokens)} of{' '}
          {formatCount(reuse.prompt_tokens)} tokens.
          {timings && ` The first token came after ${formatMs(timings.first_token)}`}
          {timings &&
            timings.tokens_per_second > 0 &&
            `, then ${Math.round(timings.tokens_per_second)} tokens a second`}
          {timings && '.'}
        </p>
      )}
      {ribbon.length > 0 && (
        <TokenRibbon ribbon={ribbon} context={answer.context} policy={reuse?.policy ?? null} />
      )}
      {timings && <Waterfall timings={timings} />}
      {answer.kind !== 'generated' && answer.reader_text && (
        <details className="mt-3 text-xs text-muted">
          <summary>What the reader wrote, and was not sure of</summary>
          <p className="mt-1 text-sm whitespace-pre-wrap">{answer.reader_text}</p>
        </details>
      )}
    </section>
  );
}
