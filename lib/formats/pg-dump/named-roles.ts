/**
 * The roles to which a dump's statements give rights, or from which they take rights. If a server lacks one of these
 * roles, it refuses the statement.
 */
import { isSymbol, isWord, readSql, type SqlToken } from './sql/tokens.ts';

/** Words that end a list of roles. */
const AFTER_ROLES = ['with', 'granted', 'cascade', 'restrict', 'using', 'in', 'grant', 'revoke'];

/**
 * @param text of GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, CREATE POLICY, or SET SESSION AUTHORIZATION around a grant
 * @throws Unaccepted if its tokens can't be read
 */
export function namedRoles(text: string, standardStrings: boolean): string[] {
  return readSql(text, standardStrings).statements.flatMap(rolesOf).filter(isRole);
}

/** `PUBLIC` means everyone, quoted or not. The other words mean the user who runs the statement. */
function isRole(name: string): boolean {
  return !['', 'public', 'current_user', 'session_user', 'current_role'].includes(name);
}

function rolesOf(statement: readonly SqlToken[]): string[] {
  const [first, second, third] = statement;
  if (isWord(first, 'set') && isWord(second, 'session') && isWord(third, 'authorization')) return rolesAt(statement, 3);
  if (isWord(first, 'create')) return rolesAt(statement, indexOfWord(statement, 'to') + 1);
  const grants = statement.findIndex((token) => isWord(token, 'grant', 'revoke'));
  if (grants < 0) return [];
  const target = statement.findLastIndex((token, at) => at > grants && isWord(token, 'to', 'from'));
  const owner = grants === 0 ? -1 : indexOfWord(statement, 'role', 'user');
  return [...rolesAt(statement, target + 1), ...rolesAt(statement, owner + 1)];
}

/** The position of the word outside parentheses, or -1. */
function indexOfWord(statement: readonly SqlToken[], ...words: string[]): number {
  let depth = 0;
  return statement.findIndex((token) => {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    return depth === 0 && isWord(token, ...words);
  });
}

/** Reads `a, "b"` from a token on. Returns none at the statement's beginning. */
function rolesAt(statement: readonly SqlToken[], start: number): string[] {
  const roles: string[] = [];
  if (start === 0) return roles;
  for (const token of statement.slice(start)) {
    if (isSymbol(token, ',')) continue;
    if (token.kind === 'symbol' || isWord(token, ...AFTER_ROLES)) break;
    roles.push(token.value);
  }
  return roles;
}
