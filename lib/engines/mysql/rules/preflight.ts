/**
 * What in a MySQL or MariaDB target blocks a dump, according to the dump's contents. Pure: the facts are read
 * elsewhere.
 */
import type { MysqlContents } from '../../../formats/dump-contents.ts';
import type { Finding } from '../../preflight/findings.ts';
import { clusters } from './preflight/clusters.ts';
import { definers } from './preflight/definers.ts';
import { engines } from './preflight/engines.ts';
import type { MysqlServerFacts } from './preflight/facts.ts';
import { keys } from './preflight/keys.ts';
import { names } from './preflight/names.ts';
import { neighbours } from './preflight/neighbours.ts';
import { rights } from './preflight/rights.ts';
import { settings } from './preflight/settings.ts';
import { text } from './preflight/text.ts';

/** @param isWhole whether these are all of the dump's contents, or only those of its beginning */
export function mysqlFindings(contents: MysqlContents, server: MysqlServerFacts, isWhole: boolean): Finding[] {
  return [settings, engines, clusters, names, keys, rights, definers, text, neighbours].flatMap((rule) =>
    rule(contents, server, isWhole),
  );
}
