import { useQuery } from '@tanstack/react-query';
import type { Status } from '../../api/contract/index.ts';
import { getJson } from './http.ts';

export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => getJson<Status>('/v1/status', signal),
    refetchInterval: 10_000,
  });
}
