/** The workspace to come back to. */
const storageKey = 'graphblend.workspace';

export const lastWorkspace = () => localStorage.getItem(storageKey);
export const keepWorkspace = (id: string) => localStorage.setItem(storageKey, id);
