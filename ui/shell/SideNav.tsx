/** Workspace, pages and earlier questions: a column on wide screens, two rows on narrow ones. */
import { FileText, MessageSquareQuote, Waypoints } from 'lucide-react';
import { NavLink } from 'react-router';
import { History } from '../ask/History.tsx';
import { ThemeToggle } from './ThemeToggle.tsx';
import { WorkspaceSwitcher } from './WorkspaceSwitcher.tsx';
import { useWorkspaceId } from './use-workspace-id.ts';

const pages = [
  { to: 'ask', label: 'Ask', Icon: MessageSquareQuote },
  { to: 'documents', label: 'Documents', Icon: FileText },
  { to: 'graph', label: 'Graph', Icon: Waypoints },
];

export function SideNav() {
  const workspaceId = useWorkspaceId();
  return (
    <header className="flex flex-col gap-3 border-b border-line bg-surface px-3 pt-2.5 lg:row-span-2 lg:min-h-0 lg:gap-5 lg:border-r lg:border-b-0 lg:pt-4">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-3">
        <img src="/mark.svg" alt="" width={22} height={22} className="ml-1" />
        <span className="hidden flex-1 text-[0.9375rem] font-semibold tracking-tight lg:block">
          Graphblend
        </span>
        <div className="min-w-0 flex-1 lg:order-last lg:basis-full">
          <WorkspaceSwitcher />
        </div>
        <ThemeToggle />
      </div>
      <nav aria-label="Pages" className="flex lg:flex-col lg:gap-0.5">
        {pages.map(({ to, label, Icon }) => (
          <NavLink
            key={to}
            to={`/w/${workspaceId}/${to}`}
            className="flex flex-1 items-center justify-center gap-2 border-b-2 border-transparent px-2 py-2 text-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-semibold aria-[current=page]:text-ink lg:justify-start lg:rounded-md lg:border-0 lg:py-1.5 lg:hover:bg-sunken lg:aria-[current=page]:bg-accent-soft"
          >
            <Icon aria-hidden size={16} />
            {label}
          </NavLink>
        ))}
      </nav>
      <div className="relative hidden min-h-0 flex-1 overflow-y-auto border-t border-line pt-4 pb-3 lg:block">
        <History />
      </div>
    </header>
  );
}
