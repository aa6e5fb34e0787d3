/** The form that changes one's own password. Pure. */
import { z } from 'zod';
import { passwordBody } from '../../../../lib/accounts/schemas.ts';

export const NOTHING_TYPED = { current_password: '', new_password: '', repeated: '' };

/** The API's body, and the new password once more, as it cannot be read while it is typed. */
export const passwordForm = passwordBody
  .extend({ repeated: z.string() })
  .refine(({ new_password, repeated }) => new_password === repeated, {
    path: ['repeated'],
    message: 'the passwords do not match',
    when: () => true,
  });

/** What is sent of it. */
export function passwordChange({ repeated: _, ...body }: z.output<typeof passwordForm>) {
  return body;
}
