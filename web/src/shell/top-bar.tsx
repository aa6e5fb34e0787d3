import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useLocation } from 'wouter';
import { useSession } from '../session/session.tsx';
import { chooseMode, useColorMode } from './color-mode.ts';
import { useNotifications } from './notifications.tsx';

export function TopBar() {
  const { user, signOut } = useSession();
  const [, navigate] = useLocation();
  const { fail } = useNotifications();
  const other = useColorMode() === 'dark' ? 'light' : 'dark';

  return (
    <div id="top-bar">
      <TopNavigation
        identity={{
          href: '/',
          title: 'Jagad Restore',
          onFollow: (event) => {
            event.preventDefault();
            navigate('/');
          },
        }}
        utilities={[
          {
            type: 'button',
            text: other === 'dark' ? 'Dark' : 'Light',
            ariaLabel: `Use the ${other} colours`,
            onClick: () => chooseMode(other),
          },
          {
            type: 'menu-dropdown',
            text: user?.user ?? '',
            description: `Role: ${user?.role}`,
            iconName: 'user-profile',
            ariaLabel: `Account of ${user?.user}`,
            items: [
              { id: 'password', text: 'Change password', href: '/account' },
              { id: 'sign-out', text: 'Sign out' },
            ],
            onItemFollow: (event) => {
              event.preventDefault();
              navigate(event.detail.href ?? '/');
            },
            onItemClick: ({ detail }) => {
              if (detail.id === 'sign-out') signOut().catch((error) => fail('You are still signed in', error));
            },
          },
        ]}
      />
    </div>
  );
}
