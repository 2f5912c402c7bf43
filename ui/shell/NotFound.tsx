import { Link } from 'react-router';
import { useTitle } from './use-title.ts';

export function NotFound() {
  useTitle('Page not found');
  return (
    <div className="mx-auto max-w-xl p-6">
      <h1 className="text-xl font-semibold">There is no page at this address</h1>
      <p className="mt-1 text-muted">
        Check the link, or{' '}
        <Link to="/" className="text-accent underline">
          start from your workspace
        </Link>
        .
      </p>
    </div>
  );
}
