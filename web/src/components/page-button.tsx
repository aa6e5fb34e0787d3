import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import { useLocation } from 'wouter';
import type { RouteKey } from '../../../lib/api/routes.ts';
import { useMay } from '../session/use-may.ts';

interface PageButtonProps extends Pick<ButtonProps, 'variant' | 'children'> {
  href: string;
  /** The call that the page makes. If the user may not make it, the button is disabled and says why. */
  call: RouteKey;
}

/** A button that leads to a page. */
export function PageButton({ href, call, ...button }: PageButtonProps) {
  const [, navigate] = useLocation();
  const may = useMay(call);
  return <Button {...button} disabled={!may.allowed} disabledReason={may.reason} onClick={() => navigate(href)} />;
}
