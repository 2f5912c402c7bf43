/** Which labels an index holds, and which document each belongs to. */
export interface LabelTable {
  readonly size: number;
  has(label: number): boolean;
  documentOf(label: number): string | undefined;
  countOf(documentId: string): number;
  documents(): Iterable<string>;
  add(label: number, documentId: string): void;
  remove(label: number): void;
}

export function labelTable(): LabelTable {
  const documents = new Map<number, string>();
  const counts = new Map<string, number>();
  const change = (documentId: string, by: number): void => {
    const count = (counts.get(documentId) ?? 0) + by;
    if (count === 0) counts.delete(documentId);
    else counts.set(documentId, count);
  };
  return {
    get size() {
      return documents.size;
    },
    has: (label) => documents.has(label),
    documentOf: (label) => documents.get(label),
    countOf: (documentId) => counts.get(documentId) ?? 0,
    documents: () => counts.keys(),
    add: (label, documentId) => {
      if (documents.has(label)) return;
      documents.set(label, documentId);
      change(documentId, 1);
    },
    remove: (label) => {
      const documentId = documents.get(label);
      if (documentId === undefined) return;
      documents.delete(label);
      change(documentId, -1);
    },
  };
}
