/** The token ribbon in numbers. */
import type { RibbonRun } from '../../api/contract/index.ts';
import { formatCount, plural } from '../parts/format.ts';
import { groupByChunk, kinds, order, tokensOf } from './ribbon-runs.ts';

export function RunTable({ ribbon, titles }: { ribbon: RibbonRun[]; titles: Map<string, string> }) {
  const rows = groupByChunk(ribbon);
  return (
    <table className="mt-2 w-full text-left tabular-nums">
      <thead>
        <tr className="border-b border-line">
          <th className="py-1 font-semibold">Part of the prompt</th>
          <th className="py-1 font-semibold">Tokens</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.start} className="border-b border-line align-top">
            <td className="py-1 pr-3">
              {row.chunkId ? (titles.get(row.chunkId) ?? row.chunkId) : 'Outside the chunks'}
            </td>
            <td className="py-1">
              {order
                .map((kind) => ({ kind, tokens: tokensOf(row.runs, kind) }))
                .filter(({ tokens }) => tokens > 0)
                .map(
                  ({ kind, tokens }) =>
                    `${kinds[kind].label.toLowerCase()}: ${formatCount(tokens)}`,
                )
                .join('; ')}
            </td>
          </tr>
        ))}
        <tr>
          <th className="py-1 font-semibold">Together</th>
          <td className="py-1">
            {plural(
              rows.reduce((sum, row) => sum + row.tokens, 0),
              'token',
            )}
          </td>
        </tr>
      </tbody>
    </table>
  );
}
