/** The form for changing your own password. Pure. */
import { z } from 'zod';
import { passwordBody } from '../../../../lib/accounts/schemas.ts';

export const NOTHING_TYPED = { current_password: '', new_password: '', repeated: '' };

/** The API's body, with the new password repeated, because a password isn't visible while it is typed. */
export const passwordForm = passwordBody
  .extend({ repeated: z.string() })
  .refine(({ new_password, repeated }) => new_password === repeated, {
    path: ['repeated'],
    message: 'the passwords do not match',
    when: () => true,
  });

/** The part of the form that is sent. */
export function passwordChange({ repeated: _, ...body }: z.output<typeof passwordForm>) {
  return body;
}
