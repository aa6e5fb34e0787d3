/** Character sets and collations in a dump that the target doesn't know. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { replacementOf } from '../../../../formats/mysql-dump/rewrite/collations.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { listed, type MysqlServerFacts } from './facts.ts';

export function text(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  const { known, users } = { known: knownTo(server), users: usersOf(contents) };
  const unknown: string[] = [];
  const replaced: string[] = [];
  for (const name of new Set([...contents.collations, ...contents.session.collations, ...users.collations.keys()])) {
    if (known.collation(name)) continue;
    const other = replacementOf(name, known.collation);
    if (other === undefined) unknown.push(`collation ${name}${by(users.collations.get(name))}`);
    else replaced.push(`${name} by ${other}`);
  }
  for (const name of new Set([...contents.session.character_sets, ...users.characterSets.keys()])) {
    if (!known.characterSet(name)) unknown.push(`character set ${name}${by(users.characterSets.get(name))}`);
  }
  return [
    ...(unknown.length === 0
      ? []
      : [
          {
            id: 'mysql-text-unknown' as const,
            message: `the server doesn't know what the dump uses: ${listed(unknown)}`,
          },
        ]),
    ...(replaced.length === 0
      ? []
      : [
          {
            id: 'mysql-collation-replaced' as const,
            message: `the server lacks collations of the dump, which the restore replaces: ${listed(replaced)}`,
          },
        ]),
  ];
}

/** For MySQL and MariaDB, `utf8` is another name of `utf8mb3`. MariaDB also knows newer collations by a short name. */
function knownTo({ collations, characterSets }: MysqlServerFacts) {
  const short = new Set([...collations].map((name) => name.replace(/^[a-z0-9]+_/, '')));
  const isThere = (name: string) => collations.has(name) || (name.startsWith('uca1400_') && short.has(name));
  return {
    collation: (name: string) => isThere(name) || isThere(name.replace(/^utf8_/, 'utf8mb3_')),
    characterSet: (name: string) =>
      characterSets.has(name) || (/^utf8(mb3)?$/.test(name) && characterSets.has(name === 'utf8' ? 'utf8mb3' : 'utf8')),
  };
}

type Users = Map<string, string[]>;

/** The objects that use each collation or character set, in words. */
function usersOf({
  tables,
  views,
  routines,
  triggers,
  events,
}: MysqlContents): Record<'collations' | 'characterSets', Users> {
  const found = { collations: new Map<string, string[]>(), characterSets: new Map<string, string[]>() };
  const note = (users: Users, name: string | null, user: string) => {
    if (name === null) return;
    const list = users.get(name) ?? [];
    if (!list.includes(user)) list.push(user);
    users.set(name, list);
  };
  for (const table of tables) {
    for (const { character_set, collation } of [table, ...table.columns]) {
      note(found.collations, collation, `table ${table.name}`);
      note(found.characterSets, character_set, `table ${table.name}`);
    }
  }
  const bodies = [
    ...views.map((one) => ({ ...one, kind: 'view' })),
    ...routines,
    ...triggers.map((one) => ({ ...one, kind: 'trigger' })),
    ...events.map((one) => ({ ...one, kind: 'event' })),
  ];
  for (const { kind, name, collation_connection, character_set_client } of bodies) {
    note(found.collations, collation_connection, `${kind} ${name}`);
    note(found.characterSets, character_set_client, `${kind} ${name}`);
  }
  return found;
}

function by(users: readonly string[] | undefined): string {
  return users === undefined ? '' : ` (${listed(users)})`;
}
