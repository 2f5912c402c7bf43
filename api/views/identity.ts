/** From identity records and previews to what the API shows of them. */
import type {
  EntityLine,
  GraphPreview,
  IdentityDecision,
  IdentityRecord,
  MergeSuggestion,
} from '../../graph/index.ts';
import type * as contract from '../contract/index.ts';
import { entityView } from './graph.ts';

export function suggestionView(suggestion: MergeSuggestion): contract.MergeSuggestion {
  const { from, into, probability, evidence } = suggestion;
  return {
    from: entityView(from),
    into: entityView(into),
    probability,
    evidence: evidence.map((each) => ({ ...each })),
  };
}

export function recordView(record: IdentityRecord): contract.IdentityRecord {
  return {
    id: record.id,
    kind: record.decision.kind,
    entities: entitiesOf(record.decision),
    by: record.by,
    evidence: record.evidence.map((each) => ({ ...each })),
    created_at: record.createdAt,
    undone_at: record.undoneAt ?? null,
    undo_token: record.undoneAt === undefined ? record.undoToken : null,
  };
}

function entitiesOf(decision: IdentityDecision): EntityLine[] {
  const refs =
    decision.kind === 'merge'
      ? [decision.from, decision.into]
      : decision.kind === 'split'
        ? [decision.entity, ...decision.senses]
        : decision.pair;
  return refs.map(({ id, name }) => ({ id, name }));
}

const EXAMPLES = 20;

export function someOf<T extends object>(list: readonly T[]): T[] {
  return list.slice(0, EXAMPLES).map((each) => ({ ...each }));
}

export function previewView(
  preview: GraphPreview & {
    readonly chunks: { readonly added: number; readonly removed: number; readonly kept: number };
  },
  documentId: string | null,
  outcome: contract.ChangePreview['outcome'],
): contract.ChangePreview {
  const { change, chunks, facts, entities } = preview;
  return {
    dry_run: true,
    document_id: documentId,
    outcome,
    chunks_added: chunks.added,
    chunks_removed: chunks.removed,
    chunks_kept: chunks.kept,
    facts_added: change.factsAdded,
    facts_removed: change.factsRemoved,
    facts_kept: change.factsKept,
    entities_added: change.entitiesAdded,
    entities_removed: change.entitiesRemoved,
    entities_kept: change.entitiesKept,
    examples: {
      facts_added: someOf(facts.added),
      facts_removed: someOf(facts.removed),
      facts_kept: someOf(facts.kept),
      entities_added: someOf(entities.added),
      entities_removed: someOf(entities.removed),
    },
  };
}
