/** Gives the first administrator of this machine's service a new password: `npm run reset-admin-password`. */
import { resetAdminPassword } from '../lib/local/state/reset-admin-password.ts';
import { stateDirectoryOf } from '../lib/local/state/state-directory.ts';

process.umask(0o077);
try {
  const password = await resetAdminPassword(stateDirectoryOf(process.env));
  process.stdout.write(`Sign in as admin with the password ${password} (shown only once; change it).\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
