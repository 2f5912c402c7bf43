import type { SearchFilter } from '../graph/index.ts';
import type { FilterFields } from './contract/index.ts';

/** The filter of a search as the indices take it; `undefined` if the request names no condition. */
export function searchFilterOf(request: FilterFields): SearchFilter | undefined {
  const { document_ids, media_types, tags, created_from, created_before } = request;
  const filter: SearchFilter = {
    ...(document_ids && { documentIds: document_ids }),
    ...(media_types && { mediaTypes: media_types.map((type) => type.toLowerCase()) }),
    ...(tags && { tags }),
    ...(created_from !== undefined && { createdFrom: created_from }),
    ...(created_before !== undefined && { createdBefore: created_before }),
  };
  return Object.keys(filter).length > 0 ? filter : undefined;
}
