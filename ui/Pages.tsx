/** The URLs of the page. What a URL does not hold is not state that a reload must bring back. */
import { lazy, Suspense, type ReactNode } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { AnswerPage } from './ask/AnswerPage.tsx';
import { AskPage } from './ask/AskPage.tsx';
import { Loading } from './parts/states.tsx';
import { FirstWorkspace } from './shell/FirstWorkspace.tsx';
import { KeyGate } from './shell/KeyGate.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { Shell } from './shell/Shell.tsx';

const DocumentsPage = lazy(() => import('./documents/DocumentsPage.tsx'));
const DocumentPage = lazy(() => import('./documents/DocumentPage.tsx'));
const GraphPage = lazy(() => import('./graph/GraphPage.tsx'));
const IdentityPage = lazy(() => import('./identity/IdentityPage.tsx'));
const SchemaPage = lazy(() => import('./schema/SchemaPage.tsx'));

const later = (page: ReactNode) => (
  <Suspense fallback={<Loading label="Opening the page" />}>{page}</Suspense>
);

export function Pages() {
  return (
    <KeyGate>
      <Routes>
        <Route index element={<FirstWorkspace />} />
        <Route path="w/:workspaceId" element={<Shell />}>
          <Route index element={<Navigate to="ask" replace />} />
          <Route path="ask" element={<AskPage />} />
          <Route path="ask/:answerId" element={<AnswerPage />} />
          <Route path="documents" element={later(<DocumentsPage />)} />
          <Route path="documents/:documentId" element={later(<DocumentPage />)} />
          <Route path="graph" element={later(<GraphPage />)} />
          <Route path="names" element={later(<IdentityPage />)} />
          <Route path="schema" element={later(<SchemaPage />)} />
          <Route path="*" element={<NotFound />} />
        </Route>
        <Route path="*" element={<NotFound />} />
      </Routes>
    </KeyGate>
  );
}
