/**
 * Condition on `documents d`: its chunks may show up in a search. A document that waits for its deletion is
 * out at once, as a disabled one is.
 */
export const IS_SEARCHABLE = `d.enabled = 1 AND d.status <> 'deleting'`;

/** The opposite, in the words of the partial index `documents_hidden`. */
export const IS_HIDDEN = `(d.enabled = 0 OR d.status = 'deleting')`;
