import Link, { type LinkProps } from '@cloudscape-design/components/link';
import { useLocation } from 'wouter';

interface FollowEvent {
  preventDefault(): void;
  detail: { href?: string; external?: boolean };
}

/** Opens another page without reloading everything. Pass it to `onFollow`. */
export function useFollow(): (event: FollowEvent) => void {
  const [, navigate] = useLocation();
  return (event) => {
    const { href, external } = event.detail;
    if (href === undefined || external) return;
    event.preventDefault();
    navigate(href);
  };
}

/** A link to another page. */
export function PageLink(props: LinkProps & { href: string }) {
  return <Link {...props} onFollow={useFollow()} />;
}
