/** The time to the first token in its parts, one after the other. The parts add up to the whole. */
import type { Timings } from '../../api/contract/index.ts';
import { formatMs } from '../parts/format.ts';

const parts: { name: keyof Timings; label: string; colour: string }[] = [
  { name: 'embed', label: 'Embed the question', colour: 'var(--run-question)' },
  { name: 'retrieval', label: 'Retrieve passages', colour: 'var(--run-question)' },
  { name: 'plan', label: 'Plan the prompt', colour: 'var(--run-prefix)' },
  { name: 'queue', label: 'Wait for the engine', colour: 'var(--run-prefix)' },
  { name: 'kv_load', label: 'Load caches', colour: 'var(--run-cached)' },
  { name: 'selection', label: 'Select tokens', colour: 'var(--run-recomputed)' },
  { name: 'recompute', label: 'Recompute and read', colour: 'var(--run-fresh)' },
  { name: 'sample', label: 'First token', colour: 'var(--run-answer)' },
];

/** Below this the remainder is rounding. */
const roundingMs = 0.5;

export function Waterfall({ timings }: { timings: Timings }) {
  const rows = placed(timings);
  const whole = Math.max(timings.first_token, 0.001);
  return (
    <table className="mt-5 w-full border-collapse text-xs">
      <caption className="mb-1 text-left text-xs text-muted">
        Time to the first token, part by part. The whole answer took {formatMs(timings.total)}.
      </caption>
      <thead className="sr-only">
        <tr>
          <th>Part</th>
          <th>Place in time</th>
          <th>Milliseconds</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, colour, start, ms }) => (
          <tr key={label} className={ms === 0 ? 'text-muted' : ''}>
            <th className="w-px py-0.5 pr-3 text-left font-normal whitespace-nowrap">{label}</th>
            <td className="py-0.5">
              <div className="h-2.5 w-full bg-sunken">
                <div
                  className="h-full min-w-px"
                  style={{
                    marginLeft: `${Math.min(99.5, (100 * start) / whole)}%`,
                    width: `${(100 * ms) / whole}%`,
                    backgroundColor: colour,
                  }}
                />
              </div>
            </td>
            <td className="w-px py-0.5 pl-3 text-right whitespace-nowrap tabular-nums">
              {formatMs(ms)}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="border-t border-line font-semibold">
          <th className="py-1 text-left" colSpan={2}>
            First token after
          </th>
          <td className="py-1 pl-3 text-right whitespace-nowrap tabular-nums">
            {formatMs(timings.first_token)}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

/** Each part with the time at which it began; what no part accounts for is shown, not hidden. */
function placed(timings: Timings) {
  let start = 0;
  const rows = parts.map(({ name, label, colour }) => {
    const row = { label, colour, start, ms: timings[name] };
    start += timings[name];
    return row;
  });
  const rest = timings.first_token - start;
  if (rest > roundingMs)
    rows.push({ label: 'Not accounted for', colour: 'var(--line-strong)', start, ms: rest });
  return rows;
}
