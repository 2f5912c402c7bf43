import { useParams } from 'react-router';

/** The workspace in the URL. */
export function useWorkspaceId(): string {
  const { workspaceId } = useParams();
  if (workspaceId === undefined) throw new Error('This page stands outside a workspace.');
  return workspaceId;
}
