/** What must hold of every graph store under identity records. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentityResolver, previewReplacement, withIdentity } from '../../graph/index.ts';
import type { GraphStore, IdentityStore } from '../../graph/index.ts';
import { histories, newModel, runSteps, writtenAfresh } from './graph-model.ts';

export interface BareStores {
  /** Without `withIdentity`. */
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
}

let runs = 0;

/** @param stores made once; each run takes a workspace of its own */
export function identityExactnessContract(
  name: string,
  stores: () => Promise<BareStores>,
  numRuns: number,
): void {
  describe(`${name} under merges, splits and undo`, () => {
    const model = async () => {
      const { graph, identity } = await stores();
      return () => newModel(withIdentity(graph, identity), identity, `ws_identity_${runs++}`);
    };

    it('holds what the final documents give afresh under the records that stand', async () => {
      const next = await model();
      await fc.assert(
        fc.asyncProperty(histories(), async (steps) => {
          const made = next();
          await runSteps(made, steps);
          const afterHistory = await made.graph.dump(made.workspaceId);
          expect(afterHistory).toEqual(await writtenAfresh(made));
        }),
        { numRuns },
      );
    });

    it('is as if no record had ever been made when all are undone', async () => {
      const next = await model();
      await fc.assert(
        fc.asyncProperty(histories(), async (steps) => {
          const made = next();
          const { identity, workspaceId, editor, graph } = made;
          await runSteps(made, steps);
          for (const record of identity.standing(workspaceId)) {
            await editor.undo(workspaceId, record.undoToken);
          }
          const undone = await graph.dump(workspaceId);
          // Ids depend on the workspace: the same one, in the store that knows no records.
          const bare = (await stores()).graph;
          await bare.removeWorkspace(workspaceId);
          for (const [documentId, said] of made.documents) {
            await bare.replaceDocument(workspaceId, documentId, said);
          }
          expect(undone).toEqual(await bare.dump(workspaceId));
        }),
        { numRuns },
      );
    });

    it('is told beforehand what an edit or a removal will add, remove and keep', async () => {
      const next = await model();
      await fc.assert(
        fc.asyncProperty(histories(), histories(), async (steps, more) => {
          const made = next();
          const { graph, identity, workspaceId } = made;
          await runSteps(made, steps);
          for (const step of more) {
            if (step.kind !== 'write' && step.kind !== 'remove') continue;
            const { documentId } = step;
            const said = step.kind === 'write' ? step.said : [];
            const resolver = new IdentityResolver(workspaceId, identity.standing(workspaceId));
            const extractions = resolver.resolve(documentId, said);
            const chunkIds = (made.documents.get(documentId) ?? []).map((each) => each.chunkId);
            const replacement = { documentId, chunkIds, extractions };
            const before = await graph.dump(workspaceId);
            const preview = await previewReplacement(graph, workspaceId, replacement);
            expect(await graph.dump(workspaceId)).toEqual(before);
            made.documents.set(documentId, said);
            const change = await graph.replaceDocument(workspaceId, documentId, said);
            expect(preview.change).toEqual(change);
          }
        }),
        { numRuns },
      );
    });
  });
}
