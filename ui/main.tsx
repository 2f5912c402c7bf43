/** Entry of the web page. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { LiveAnswersProvider } from './ask/use-answer.tsx';
import { ApiError } from './client/problem.ts';
import { Pages } from './Pages.tsx';
import './styles.css';
import { startTheme } from './theme.ts';

/** A refusal is final; only a server that did not answer, or is busy, is asked again. */
function worthRetrying(failures: number, error: Error): boolean {
  const refused = error instanceof ApiError && error.problem.status < 500;
  return !refused && failures < 2;
}

const queries = new QueryClient({
  defaultOptions: { queries: { retry: worthRetrying, staleTime: 5_000 } },
});

startTheme();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <BrowserRouter>
        <LiveAnswersProvider>
          <Pages />
        </LiveAnswersProvider>
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
