import { expect, it } from 'vitest';
import { missingPrivileges } from '../../../../../lib/engines/mysql/rules/preflight/rights.ts';
import { contentsOf, serverFacts } from '../../dump-support.ts';

const TABLE =
  'DROP TABLE IF EXISTS `t`;\nCREATE TABLE `t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nINSERT INTO `t` VALUES (1);\n';
const KEY = 'CREATE TABLE `k` (\n  `id` int NOT NULL,\n  KEY `i` (`id`)\n) ENGINE=InnoDB;\n';
const CHILD =
  'CREATE TABLE `c` (\n  `id` int NOT NULL,\n  CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `t` (`id`)\n) ENGINE=InnoDB;\n';
const EVENT =
  'DELIMITER ;;\n/*!50106 CREATE*/ /*!50117 DEFINER=`root`@`%`*/ /*!50106 EVENT `e` ON SCHEDULE EVERY 1 DAY DO SELECT 1 */ ;;\nDELIMITER ;\n';

function missing(dump: string, ...grants: string[]): string[] {
  return missingPrivileges(contentsOf(dump), serverFacts({ grants }));
}

const LOGIN = 'GRANT USAGE ON *.* TO `app`@`%`';
const ROWS = 'GRANT SELECT, INSERT, CREATE, DROP ON `shop`.* TO `app`@`%`';

it.each([
  ['what a dump of tables needs', TABLE, [LOGIN, ROWS]],
  [
    'all rights',
    `${TABLE}${KEY}${EVENT}`,
    ['GRANT ALL PRIVILEGES ON *.* TO `root`@`%`', "GRANT PROXY ON ''@'' TO 'root'@'%'"],
  ],
  ['privileges from a role, which are not read', TABLE, [LOGIN, 'GRANT `writer`@`%` TO `app`@`%`']],
  ['privileges on a table of the database', TABLE, [LOGIN, 'GRANT ALL PRIVILEGES ON `shop`.`t` TO `app`@`%`']],
  ['no known privileges', TABLE, []],
  ['rights of PUBLIC', TABLE, [LOGIN, 'GRANT SELECT, INSERT, CREATE, DROP ON `shop`.* TO PUBLIC']],
  ['no DROP, if the dump drops nothing', KEY, [LOGIN, 'GRANT CREATE, ALTER ON `shop`.* TO `app`@`%`']],
])('lets a user with %s continue', (_, dump, grants) => {
  expect(missing(dump, ...grants)).toEqual([]);
});

it('counts privileges on single objects for these only', () => {
  const onTable = 'GRANT CREATE, DROP, INSERT (`id`) ON `shop`.`u` TO `app`@`%`';
  const onRoutine = 'GRANT INSERT ON PROCEDURE `shop`.`t` TO `app`@`%`';
  expect(missing(TABLE, LOGIN, onTable, onRoutine)).toEqual(['CREATE', 'DROP', 'INSERT']);
});

it.each([
  ['DROP', TABLE, [LOGIN, 'GRANT INSERT, CREATE ON `shop`.* TO `app`@`%`']],
  ['DROP', TABLE, ['GRANT ALL PRIVILEGES ON *.* TO `app`@`%`', 'REVOKE DROP ON `shop`.* FROM `app`@`%`']],
  ['ALTER', `${TABLE}${KEY}`, [LOGIN, ROWS]],
  // its DISABLE KEYS goes to the server as it is
  ['ALTER', TABLE.replace('InnoDB', 'MyISAM'), [LOGIN, ROWS]],
  ['EVENT', `${TABLE}${EVENT}`, [LOGIN, ROWS]],
  ['REFERENCES', `${TABLE}${CHILD}`, [LOGIN, 'GRANT INSERT, CREATE, DROP, ALTER ON `shop`.* TO `app`@`%`']],
  ['INSERT', TABLE, [LOGIN, 'GRANT CREATE, DROP ON `shop`.* TO `app`@`%`', 'GRANT INSERT ON `other`.`t` TO `app`@`%`']],
])('names %s if it is missing', (privilege, dump, grants) => {
  expect(missing(dump, ...grants)).toEqual([privilege]);
});
