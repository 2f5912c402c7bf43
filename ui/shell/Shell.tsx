/** The frame of every workspace page: navigation, the page, and one line about the machine. */
import { useEffect, useRef } from 'react';
import { Outlet, useLocation } from 'react-router';
import { useWorkspace } from '../client/workspaces.ts';
import { problemOf } from '../client/problem.ts';
import { ProblemNotice } from '../parts/states.tsx';
import { keepWorkspace } from './last-workspace.ts';
import { SideNav } from './SideNav.tsx';
import { StatusBar } from './StatusBar.tsx';
import { useWorkspaceId } from './use-workspace-id.ts';

/** A new page begins at its top, and keyboard and screen reader begin there with it. */
function useFreshPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shown = useRef('');
  useEffect(() => {
    const page = main.current;
    if (!page || shown.current === pathname) return;
    shown.current = pathname;
    page.scrollTo(0, 0);
    window.scrollTo(0, 0);
    if (!page.contains(document.activeElement)) page.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}

export function Shell() {
  const main = useFreshPage();
  const workspace = useWorkspace(useWorkspaceId());
  const known = workspace.data?.id;
  useEffect(() => {
    if (known) keepWorkspace(known);
  }, [known]);
  return (
    <div className="flex min-h-dvh flex-col lg:grid lg:h-dvh lg:grid-cols-[15.5rem_minmax(0,1fr)] lg:grid-rows-[minmax(0,1fr)_auto]">
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-md bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <SideNav />
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className="relative min-w-0 flex-1 outline-none lg:[container-type:size] lg:overflow-y-auto"
      >
        {workspace.error && !workspace.data ? (
          <div className="mx-auto max-w-2xl p-6">
            <ProblemNotice
              problem={problemOf(workspace.error)}
              onRetry={() => void workspace.refetch()}
            >
              <a href="/" className="self-center text-accent underline">
                Choose another workspace
              </a>
            </ProblemNotice>
          </div>
        ) : (
          <Outlet />
        )}
      </main>
      <StatusBar />
    </div>
  );
}
