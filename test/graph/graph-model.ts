/**
 * Histories for the property every graph store must have: after any sequence of ingest, edit, delete, merge,
 * split and undo, the graph is the one that the final documents give afresh under the records that stand.
 */
import fc from 'fast-check';
import { IdentityEditor } from '../../graph/index.ts';
import type {
  ChunkExtraction,
  EntityType,
  ExtractedMention,
  ExtractedTriple,
  GraphStore,
  IdentityStore,
  Span,
  ValidTime,
} from '../../graph/index.ts';

/** Choices are numbers in [0, 1): they pick among what is there when the step runs. */
export type Step =
  | { readonly kind: 'write'; readonly documentId: string; readonly said: ChunkExtraction[] }
  | { readonly kind: 'remove'; readonly documentId: string }
  | { readonly kind: 'merge'; readonly from: number; readonly into: number }
  | {
      readonly kind: 'split';
      readonly entity: number;
      readonly documents: readonly string[];
      readonly cue: number;
      readonly keepsOwnName: boolean;
    }
  | { readonly kind: 'undo'; readonly record: number };

export interface Model {
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
  readonly workspaceId: string;
  /** What the documents say at last. */
  readonly documents: Map<string, ChunkExtraction[]>;
  readonly editor: IdentityEditor;
}

/** @param graph as `withIdentity` gives it, over `identity` */
export function newModel(graph: GraphStore, identity: IdentityStore, workspaceId: string): Model {
  const documents = new Map<string, ChunkExtraction[]>();
  const rewrite = async (ws: string, documentId: string): Promise<void> => {
    const said = documents.get(documentId);
    if (said) await graph.replaceDocument(ws, documentId, said);
  };
  const editor = new IdentityEditor({ graph, identity, rewrite });
  return { graph, identity, workspaceId, documents, editor };
}

export async function runSteps(model: Model, steps: readonly Step[]): Promise<void> {
  for (const step of steps) await runStep(model, step);
}

async function runStep(model: Model, step: Step): Promise<void> {
  const { graph, identity, workspaceId, documents, editor } = model;
  if (step.kind === 'write') {
    documents.set(step.documentId, step.said);
    await graph.replaceDocument(workspaceId, step.documentId, step.said);
  } else if (step.kind === 'remove') {
    documents.delete(step.documentId);
    await graph.removeDocument(workspaceId, step.documentId);
  } else if (step.kind === 'undo') {
    const record = pick(identity.standing(workspaceId), step.record);
    if (record) await editor.undo(workspaceId, record.undoToken);
  } else {
    await runDecision(model, step);
  }
}

async function runDecision(
  { graph, workspaceId, editor }: Model,
  step: Extract<Step, { kind: 'merge' | 'split' }>,
): Promise<void> {
  const { data } = await graph.entities(workspaceId, {}, { limit: 100 });
  if (step.kind === 'merge') {
    const from = pick(data, step.from);
    const into = pick(data, step.into);
    if (from && into && from.id !== into.id) await editor.merge(workspaceId, from.id, into.id);
    return;
  }
  const entity = pick(data, step.entity);
  const cue = pick(data, step.cue);
  if (!entity || !cue) return;
  const rest = step.keepsOwnName ? entity.name : `${entity.name} (two)`;
  const first = { name: `${entity.name} (one)`, documents: step.documents, cues: { [cue.id]: 1 } };
  await editor.split(workspaceId, entity.id, [first, { name: rest }], rest).catch(refused);
}

/** A name that was merged away cannot name a sense: the step then does nothing. */
function refused(error: unknown): void {
  if ((error as { code?: string }).code !== 'conflict') throw error;
}

/** The graph of the documents that are left, written afresh in another order. */
export async function writtenAfresh(model: Model): Promise<string[]> {
  const { graph, workspaceId, documents } = model;
  await graph.removeWorkspace(workspaceId);
  for (const [documentId, said] of [...documents].reverse()) {
    await graph.replaceDocument(workspaceId, documentId, said);
  }
  return graph.dump(workspaceId);
}

function pick<T>(list: readonly T[], choice: number): T | undefined {
  return list[Math.floor(choice * list.length)];
}

/** Few documents and names, so that they share much. */
export function histories(maxLength = 12): fc.Arbitrary<Step[]> {
  const documentId = fc.constantFrom('doc_1', 'doc_2', 'doc_3');
  const choice = fc.double({ min: 0, max: 0.999, noNaN: true });
  const write = fc
    .record({ documentId, parts: fc.array(part(), { minLength: 1, maxLength: 2 }) })
    .map(({ documentId: id, parts }): Step => ({
      kind: 'write',
      documentId: id,
      said: parts.map((said, i) => ({ chunkId: `chk_${id}_${i}`, ...said })),
    }));
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: write },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), documentId }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('merge' as const), from: choice, into: choice }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('split' as const),
          entity: choice,
          documents: fc.uniqueArray(documentId, { maxLength: 2 }),
          cue: choice,
          keepsOwnName: fc.boolean(),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('undo' as const), record: choice }),
      },
    ),
    { maxLength },
  );
}

const NAMES = ['Oslo', 'oslo', 'the Oslo', 'Ōslo', 'O.S.L.O', 'Norway', 'Bergen', "Bergen's", '!'];

function part(): fc.Arbitrary<{ mentions: ExtractedMention[]; triples: ExtractedTriple[] }> {
  const name = fc.constantFrom(...NAMES);
  const at = fc.integer({ min: 0, max: 4 });
  const end = fc.record({
    name,
    type: fc.constantFrom<EntityType>('place', 'person', 'thing'),
    span: at.map((start): Span => ({ start, end: start + 4 })),
  });
  const valid = fc.constantFrom<ValidTime | undefined>(
    undefined,
    { from: '1990', span: { start: 1, end: 5 } },
    { from: '1990', to: '2001-05', span: { start: 1, end: 9 } },
    { to: '2010', span: { start: 2, end: 6 } },
  );
  const mention = fc
    .record({ end, surface: name })
    .map(({ end: { name: own, ...rest }, surface }): ExtractedMention => ({
      name: own,
      surface,
      ...rest,
    }));
  const triple = fc
    .record({
      subject: end,
      object: end,
      relation: fc.constantFrom('in', 'IN', 'near'),
      negated: fc.boolean(),
      confidence: fc.constantFrom(0.2, 0.5, 0.9),
      valid,
    })
    .map(({ relation, valid: time, ...said }): ExtractedTriple => ({
      ...said,
      relation: { name: relation, span: { start: 5, end: 7 } },
      sentence: { start: 0, end: 20 },
      ...(time && { valid: time }),
    }));
  return fc.record({
    mentions: fc.array(mention, { maxLength: 4 }),
    triples: fc.array(triple, { maxLength: 3 }),
  });
}
