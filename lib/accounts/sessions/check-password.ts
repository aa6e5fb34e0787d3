import type { User } from '../model.ts';
import type { AccountTables } from '../tables.ts';
import { attemptsKey } from './login-limit.ts';
import { hashPassword, passwordMatches } from './password-hash.ts';
import { takeTurn } from './take-turn.ts';

export interface PasswordCheck {
  matches: boolean;
  /** The number of recent failures for this key, including this attempt; 0 if the password matched. */
  failures: number;
}

/** Used for the comparison if there is no such user, so that both cases take the same time. */
let nobodysHash: Promise<string> | undefined;

/**
 * Checks a password, no faster than passwords may be tried.
 * @param find returns the user once it is this attempt's turn, or undefined if there is no such user.
 * @throws TooManyRequests
 */
export async function checkPassword(
  records: Pick<AccountTables, 'loginAttempts'>,
  { userId, address, password }: { userId: string; address: string; password: string },
  find: () => Promise<User | undefined>,
): Promise<PasswordCheck & { user: User | undefined }> {
  const turn = await takeTurn(records, attemptsKey(userId, address));
  try {
    const user = await find();
    nobodysHash ??= hashPassword('');
    const isRight = await passwordMatches(password, user?.password_hash ?? (await nobodysHash));
    const matches = user !== undefined && isRight;
    if (matches) await turn.giveBack();
    return { user, matches, failures: matches ? 0 : turn.failures };
  } catch (error) {
    // the password was not checked
    nobodysHash = undefined;
    await turn.giveBack();
    throw error;
  }
}
