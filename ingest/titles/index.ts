export { leavingTitle } from './leaving-title.ts';
export { syncTitles } from './sync-titles.ts';
export { linkedByTitles, withTitles } from './with-titles.ts';
