import { ROLES, type Role } from '../../../../lib/accounts/roles.ts';
import type { AnswerOf } from '../../../../lib/api/routes.ts';
import type { Choice } from '../../forms/fields.tsx';

export type User = AnswerOf<'GET /api/users/{id}'>;

/** What each role may do, in words. */
export const ROLE: Record<Role, { label: string; description: string }> = {
  viewer: { label: 'Viewer', description: 'Sees everything except keys, users and the audit log. Changes nothing.' },
  operator: { label: 'Operator', description: 'Also verifies, restores, cancels, downloads and scans.' },
  admin: { label: 'Admin', description: 'Also changes connections, storage, keys, settings and users.' },
};

export const ROLE_CHOICES: Choice<Role>[] = ROLES.map((value) => ({ value, ...ROLE[value] }));
