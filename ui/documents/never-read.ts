import type { Document } from '../../api/contract/index.ts';

/** Failed before any version was published: there is nothing to use for answers. */
export const neverRead = (document: Document): boolean =>
  document.status === 'failed' && document.published_version === 0;
