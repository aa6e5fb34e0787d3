/** The one list of pages: routes, navigation, titles and the screenshots are made from it. */
import { type ComponentType, lazy } from 'react';
import type { Role } from '../../lib/domain/roles.ts';

export interface Page {
  /** As wouter reads it: `:id` for a parameter. */
  path: string;
  title: string;
  /** Where it stands in the navigation; a page without one is reached from others. */
  section?: 'Recovery' | 'Configuration' | 'Administration';
  /** The page above it, for the breadcrumbs. */
  parent?: string;
  /** Who may see it: everybody who is signed in, where it is not said. */
  role?: Role;
  component: ComponentType;
}

export const PAGES: readonly Page[] = [
  { path: '/', title: 'Home', section: 'Recovery', component: lazy(() => import('./pages/home/home.tsx')) },
  {
    path: '/backups',
    title: 'Backups',
    section: 'Recovery',
    component: lazy(() => import('./pages/backups/backups.tsx')),
  },
  {
    path: '/backups/:id',
    title: 'Backup',
    parent: '/backups',
    component: lazy(() => import('./pages/backups/backup.tsx')),
  },
  {
    path: '/backups/:id/restore',
    title: 'Restore a backup',
    parent: '/backups',
    role: 'operator',
    component: lazy(() => import('./pages/restore-wizard/restore-page.tsx')),
  },
  {
    path: '/restores',
    title: 'Restores',
    section: 'Recovery',
    component: lazy(() => import('./pages/restores/restores.tsx')),
  },
  {
    path: '/restores/:id',
    title: 'Restore',
    parent: '/restores',
    component: lazy(() => import('./pages/restore-details/restore-details.tsx')),
  },
  {
    path: '/connections',
    title: 'Connections',
    section: 'Configuration',
    component: lazy(() => import('./pages/connections/connections.tsx')),
  },
  {
    path: '/connections/new',
    title: 'Add connection',
    parent: '/connections',
    role: 'admin',
    component: lazy(() => import('./pages/connections/new-connection.tsx')),
  },
  {
    path: '/connections/:id',
    title: 'Connection',
    parent: '/connections',
    component: lazy(() => import('./pages/connections/connection.tsx')),
  },
  {
    path: '/connections/:id/edit',
    title: 'Edit connection',
    parent: '/connections',
    role: 'admin',
    component: lazy(() => import('./pages/connections/edit-connection.tsx')),
  },
];
