import { expect, it } from 'vitest';
import { mysqlFindings } from '../../../../../lib/engines/mysql/rules/preflight.ts';
import { contentsOf, serverFacts } from '../../dump-support.ts';

const DUMP =
  'CREATE TABLE `keyless` (`id` int) ENGINE=InnoDB;\nINSERT INTO `keyless` VALUES (1);\n' +
  'CREATE TABLE `old` (`id` int NOT NULL, PRIMARY KEY (`id`)) ENGINE=MyISAM;\nINSERT INTO `old` VALUES (1);\n' +
  'CREATE TABLE `child` (`id` int NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `c` FOREIGN KEY (`id`) REFERENCES `old` (`id`) ON DELETE CASCADE) ENGINE=InnoDB;\n' +
  'INSERT INTO `child` VALUES (1);\n';

function found(variables: Record<string, string>, isInGroup = false) {
  const findings = mysqlFindings(contentsOf(DUMP), serverFacts({ variables, isInGroup }), true);
  return findings.map(({ id, statement }) => [id, statement]);
}

it('says nothing of a server that is alone', () => {
  expect(found({ wsrep_on: 'OFF', wsrep_osu_method: 'RSU', wsrep_max_ws_size: '10' })).toEqual([]);
});

it('warns of what a Galera cluster replicates badly, and refuses what it does not take', () => {
  const galera = { wsrep_on: 'ON', wsrep_osu_method: 'TOI', wsrep_max_ws_size: '2147483647', wsrep_mode: '' };
  expect(found(galera)).toEqual([
    ['galera-primary-key', undefined],
    ['galera-engine', undefined],
  ]);
  const strict = {
    wsrep_mode: 'STRICT_REPLICATION,REQUIRED_PRIMARY_KEY',
    wsrep_osu_method: 'RSU',
    wsrep_max_ws_size: '50',
  };
  expect(found({ ...galera, ...strict })).toEqual([
    ['galera-write-set', 'SET GLOBAL wsrep_max_ws_size = 2147483647;'],
    ['galera-schema-upgrades', "SET GLOBAL wsrep_OSU_method = 'TOI';"],
    ['galera-refused', "SET GLOBAL wsrep_mode = 'STRICT_REPLICATION';"],
    ['galera-refused', "SET GLOBAL wsrep_mode = 'REQUIRED_PRIMARY_KEY';"],
  ]);
});

it('refuses rows that a replication group does not take', () => {
  expect(found({}, true)).toEqual([
    ['group-refused', undefined],
    ['group-refused', undefined],
  ]);
  expect(found({ group_replication_enforce_update_everywhere_checks: 'ON' }, true).at(-1)).toEqual([
    'group-foreign-keys',
    undefined,
  ]);
});
