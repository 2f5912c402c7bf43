/** Which labels an index holds, and which document each belongs to. */
export interface LabelTable {
  readonly size: number;
  has(label: number): boolean;
  /** Number of the document; 0 for an unknown label. */
  documentOf(label: number): number;
  /** Numbers of documents, each with how many labels it has. */
  documents(): Iterable<readonly [document: number, labels: number]>;
  add(label: number, document: number): void;
  remove(label: number): void;
}

export function labelTable(): LabelTable {
  const documents = new Map<number, number>();
  const counts = new Map<number, number>();
  const change = (document: number, by: number): void => {
    const count = (counts.get(document) ?? 0) + by;
    if (count === 0) counts.delete(document);
    else counts.set(document, count);
  };
  return {
    get size() {
      return documents.size;
    },
    has: (label) => documents.has(label),
    documentOf: (label) => documents.get(label) ?? 0,
    documents: () => counts,
    add: (label, document) => {
      if (documents.has(label)) return;
      documents.set(label, document);
      change(document, 1);
    },
    remove: (label) => {
      const document = documents.get(label);
      if (document === undefined) return;
      documents.delete(label);
      change(document, -1);
    },
  };
}
