import { z } from 'zod';
import { password, role, username } from './model.ts';

export const loginBody = z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(200) });
export const passwordBody = z.strictObject({ current_password: z.string().min(1).max(200), new_password: password });
export const newUserBody = z.strictObject({ username, password, role });
export const userUpdateBody = z
  .strictObject({ password: password.optional(), role: role.optional() })
  .refine((body) => Object.keys(body).length > 0, 'must change the password or the role');

export const loginAnswer = z.object({ token: z.string(), user: username, role, expires: z.iso.datetime() });
export const sessionAnswer = loginAnswer.omit({ token: true });
