/** The list of all pages. Routes, navigation, titles and the screenshots are derived from it. */
import { type ComponentType, lazy } from 'react';
import type { Role } from '../../lib/accounts/roles.ts';

export interface Page {
  /** In wouter's notation: `:id` for a parameter. */
  path: string;
  title: string;
  /** Its section in the navigation. A page without one is reached from other pages. */
  section?: 'Recovery' | 'Configuration' | 'Administration';
  /** The page above it, for the breadcrumbs. */
  parent?: string;
  /** The role that may see it. By default, everyone who is signed in. */
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
    component: lazy(() => import('./pages/backups/details/backup.tsx')),
  },
  {
    path: '/backups/:id/restore',
    title: 'Restore a backup',
    parent: '/backups',
    role: 'operator',
    component: lazy(() => import('./pages/restore-wizard/restore-page.tsx')),
  },
  {
    path: '/import',
    title: 'Import from Jagad',
    parent: '/backups',
    role: 'admin',
    component: lazy(() => import('./pages/import/import.tsx')),
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
    path: '/recovery-plans',
    title: 'Recovery plans',
    section: 'Recovery',
    component: lazy(() => import('./pages/recovery-plans/recovery-plans.tsx')),
  },
  {
    path: '/recovery-plans/new',
    title: 'Add recovery plan',
    parent: '/recovery-plans',
    role: 'admin',
    component: lazy(() => import('./pages/recovery-plans/plan-editor.tsx')),
  },
  {
    path: '/recovery-plans/:id',
    title: 'Recovery plan',
    parent: '/recovery-plans',
    component: lazy(() => import('./pages/recovery-plans/recovery-plan.tsx')),
  },
  {
    path: '/recovery-plans/:id/edit',
    title: 'Edit recovery plan',
    parent: '/recovery-plans',
    role: 'admin',
    component: lazy(() => import('./pages/recovery-plans/edit-plan.tsx')),
  },
  {
    path: '/recovery-plan-runs/:id',
    title: 'Run of a recovery plan',
    parent: '/recovery-plans',
    component: lazy(() => import('./pages/recovery-plans/plan-run.tsx')),
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
    component: lazy(() => import('./pages/connections/connection-editor.tsx')),
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
  {
    path: '/storage-providers',
    title: 'Storage providers',
    section: 'Configuration',
    component: lazy(() => import('./pages/storage-providers/storage-providers.tsx')),
  },
  {
    path: '/storage-providers/new',
    title: 'Add storage provider',
    parent: '/storage-providers',
    role: 'admin',
    component: lazy(() => import('./pages/storage-providers/provider-editor.tsx')),
  },
  {
    path: '/storage-providers/:id',
    title: 'Storage provider',
    parent: '/storage-providers',
    component: lazy(() => import('./pages/storage-providers/storage-provider.tsx')),
  },
  {
    path: '/storage-providers/:id/edit',
    title: 'Edit storage provider',
    parent: '/storage-providers',
    role: 'admin',
    component: lazy(() => import('./pages/storage-providers/edit-provider.tsx')),
  },
  {
    path: '/settings',
    title: 'Keys and settings',
    section: 'Administration',
    role: 'admin',
    component: lazy(() => import('./pages/settings/settings.tsx')),
  },
  {
    path: '/users',
    title: 'Users',
    section: 'Administration',
    role: 'admin',
    component: lazy(() => import('./pages/users/users.tsx')),
  },
  {
    path: '/audit',
    title: 'Audit log',
    section: 'Administration',
    role: 'admin',
    component: lazy(() => import('./pages/audit/audit.tsx')),
  },
  {
    path: '/account',
    title: 'Account',
    component: lazy(() => import('./pages/account/account.tsx')),
  },
];
