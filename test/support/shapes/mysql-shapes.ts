/** Databases of many shapes, as statements that make them: what a load in parts could get wrong. */
import type { DbType } from '../../../lib/databases/names.ts';

/** One of each, by hand. */
export function shapes(dbType: DbType): string[] {
  return [
    // keys that wait and keys that stay
    `CREATE TABLE keys_of_all_kinds (
      id int NOT NULL AUTO_INCREMENT, a int, b varchar(200) NOT NULL, c text, d int NOT NULL, p point NOT NULL,
      PRIMARY KEY (id), KEY second (a DESC), UNIQUE KEY first (b), KEY prefix (c(7), d), UNIQUE KEY nullable (a, d),
      FULLTEXT KEY words (c), FULLTEXT KEY more_words (b, c), SPATIAL KEY place (p)
    ) ENGINE=InnoDB AUTO_INCREMENT=900 COMMENT='it''s a "table"; with -- all /* of */ it, (a,b)'`,
    "INSERT INTO keys_of_all_kinds VALUES (3,1,'x','It''s; text',5,ST_GeomFromText('POINT(1 2)')),(1,NULL,'y','a `quoted` one',6,ST_GeomFromText('POINT(3 4)')),(7,NULL,'z',NULL,6,ST_GeomFromText('POINT(0 0)'))",
    'CREATE TABLE counter_on_second_key (a int NOT NULL, n int NOT NULL AUTO_INCREMENT, b int, PRIMARY KEY (a), KEY k0 (b), KEY k1 (n), KEY k2 (a, b))',
    'INSERT INTO counter_on_second_key VALUES (5,11,1),(4,12,2),(3,40,2)',
    'CREATE TABLE counter_on_unique (a int NOT NULL, n bigint NOT NULL AUTO_INCREMENT, UNIQUE KEY u (n), KEY k (a))',
    'INSERT INTO counter_on_unique (a) VALUES (3),(2),(1)',
    'CREATE TABLE no_key_at_all (a int, b text)',
    "INSERT INTO no_key_at_all VALUES (3,'c'),(1,'a'),(2,'b'),(1,'a')",
    'CREATE TABLE no_primary_key (a int, b int NOT NULL, KEY k (a), UNIQUE KEY u (b), UNIQUE KEY n (a, b))',
    'INSERT INTO no_primary_key VALUES (3,9),(1,8),(2,7)',
    'CREATE TABLE `we``ird, (ключ) KEY "x"` (`PRIMARY KEY` int NOT NULL, `b``,c` varchar(20) COMMENT \'a, b) KEY `c`; \\\\ "d"\', PRIMARY KEY (`PRIMARY KEY`), KEY `k, ``(1)` (`b``,c`), KEY `ü` (`b``,c`, `PRIMARY KEY`))',
    "INSERT INTO `we``ird, (ключ) KEY \"x\"` VALUES (1,'ö\\\\\\'\"'),(2,'')",
    "CREATE TABLE checked (id int PRIMARY KEY, a int DEFAULT 5, e enum('a,b','c)') NOT NULL, CONSTRAINT positive CHECK (a > 0), KEY k (e), CONSTRAINT less CHECK (a < 1000 and e <> 'KEY (a)'))",
    "INSERT INTO checked VALUES (1,1,'a,b'),(2,2,'c)')",
    'CREATE TABLE computed (id int PRIMARY KEY, a int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL, s int GENERATED ALWAYS AS (a * 2) STORED, KEY v (v), UNIQUE KEY s (s), KEY both_of (v, s))',
    'INSERT INTO computed (id, a) VALUES (1,1),(2,5),(3,3)',
    'CREATE TABLE in_parts (id int NOT NULL, at date NOT NULL, a int, PRIMARY KEY (id, at), UNIQUE KEY u (at, a), KEY k (a)) PARTITION BY RANGE (YEAR(at)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN MAXVALUE)',
    "INSERT INTO in_parts VALUES (1,'2019-01-01',3),(2,'2025-01-01',2),(3,'2018-01-01',1)",
    'CREATE TABLE in_memory_of_myisam (id int NOT NULL, a int, b text, PRIMARY KEY (id), KEY k (a), FULLTEXT KEY w (b)) ENGINE=MyISAM',
    "INSERT INTO in_memory_of_myisam VALUES (3,1,'c'),(1,2,'a'),(2,3,'b')",
    'CREATE TABLE squeezed (id int NOT NULL PRIMARY KEY, a varchar(50), KEY a (a)) ROW_FORMAT=DYNAMIC DEFAULT CHARSET=latin1',
    "INSERT INTO squeezed VALUES (1,'é'),(2,'ü')",
    'CREATE TABLE empty_one (id int NOT NULL PRIMARY KEY, a int, KEY a (a))',
    // foreign keys: forward, to a unique key, to itself, in a circle
    'SET foreign_key_checks = 0',
    'CREATE TABLE a_child (id int PRIMARY KEY, parent int, code varchar(20), KEY parent (parent), KEY code (code), CONSTRAINT z_first FOREIGN KEY (parent) REFERENCES z_parent (id) ON DELETE CASCADE, CONSTRAINT a_second FOREIGN KEY (code) REFERENCES z_parent (code) ON UPDATE CASCADE ON DELETE SET NULL)',
    'CREATE TABLE z_parent (id int PRIMARY KEY, code varchar(20), UNIQUE KEY code (code))',
    "INSERT INTO z_parent VALUES (1,'one'),(2,'two')",
    "INSERT INTO a_child VALUES (1,1,'two'),(2,2,NULL)",
    // a child that is still the old one when its parent is recreated
    'CREATE TABLE a_mother (id int PRIMARY KEY, code varchar(20), KEY c (id, code), UNIQUE KEY code (code))',
    'CREATE TABLE z_daughter (id int PRIMARY KEY, code varchar(20), CONSTRAINT of_mother FOREIGN KEY (code) REFERENCES a_mother (code) ON DELETE CASCADE)',
    "INSERT INTO a_mother VALUES (1,'one'),(2,'two')",
    "INSERT INTO z_daughter VALUES (1,'two'),(2,NULL)",
    'CREATE TABLE tree (id int PRIMARY KEY, up int, FOREIGN KEY (up) REFERENCES tree (id))',
    'INSERT INTO tree VALUES (3,1),(1,NULL),(2,3)',
    'CREATE TABLE ring_a (id int PRIMARY KEY, b int, CONSTRAINT to_b FOREIGN KEY (b) REFERENCES ring_b (id))',
    'CREATE TABLE ring_b (id int PRIMARY KEY, a int, CONSTRAINT to_a FOREIGN KEY (a) REFERENCES ring_a (id))',
    'INSERT INTO ring_a VALUES (1,1)',
    'INSERT INTO ring_b VALUES (1,1)',
    'SET foreign_key_checks = 1',
    // what comes between and after tables
    'CREATE VIEW b_view AS SELECT t.id, t.up FROM tree t WHERE t.up IS NOT NULL',
    'CREATE VIEW a_view_on_it AS SELECT count(*) AS n FROM b_view',
    'CREATE TRIGGER tree_in BEFORE INSERT ON tree FOR EACH ROW SET NEW.up = IF(NEW.up = 0, NULL, NEW.up)',
    "CREATE TRIGGER tree_out AFTER DELETE ON tree FOR EACH ROW BEGIN DELETE FROM no_key_at_all WHERE b = ';'; END",
    'CREATE TRIGGER plain_in BEFORE INSERT ON no_key_at_all FOR EACH ROW SET NEW.a = NEW.a',
    // a trigger of another sql_mode than its table's keys are to be read in
    "CREATE TABLE with_backslash (id int PRIMARY KEY, a int, KEY a (a) COMMENT 'a\\\\b')",
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
    'CREATE TRIGGER with_backslash_in BEFORE INSERT ON with_backslash FOR EACH ROW SET NEW.a = NEW.a',
    'SET sql_mode = DEFAULT',
    "CREATE PROCEDURE speak(IN word text) COMMENT 'x; y' BEGIN DECLARE s text DEFAULT ';;'; SELECT word, s; /* KEY (a), */ END",
    'CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2',
    "CREATE EVENT sometime ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM empty_one",
    ...(dbType === 'mariadb' ? MARIADB : MYSQL),
  ];
}

const MARIADB = [
  'CREATE SEQUENCE numbers START WITH 5 INCREMENT BY 3',
  'SELECT NEXTVAL(numbers)',
  'CREATE TABLE hashed (id int PRIMARY KEY, b text, a int, KEY a (a), UNIQUE KEY long_one (b), KEY z (a, id))',
  "INSERT INTO hashed VALUES (1,'x',1),(2,'y',2)",
  'CREATE TABLE hidden (id int PRIMARY KEY, a int INVISIBLE DEFAULT 7, b int, KEY a (a), KEY ignored_one (b) IGNORED)',
  'INSERT INTO hidden (id, a, b) VALUES (1,2,3)',
  'CREATE TABLE versioned (id int PRIMARY KEY, a int, KEY a (a)) WITH SYSTEM VERSIONING',
  'INSERT INTO versioned VALUES (1,2)',
  'CREATE TABLE crash_safe (id int PRIMARY KEY, a int, KEY a (a)) ENGINE=Aria',
  'INSERT INTO crash_safe VALUES (2,2),(1,1)',
  'CREATE TABLE checked_json (id int PRIMARY KEY, j json, KEY j (j(20)))',
  'INSERT INTO checked_json VALUES (1,\'{"a": 1}\')',
];
const MYSQL = [
  'CREATE TABLE hidden (id int PRIMARY KEY, a int DEFAULT 7 INVISIBLE, b int, KEY a (a), KEY unseen (b) INVISIBLE, KEY last (a, b))',
  'INSERT INTO hidden (id, a, b) VALUES (1,2,3)',
  'CREATE TABLE by_expression (id int PRIMARY KEY, name varchar(50), j json, KEY plain (name), UNIQUE KEY lower_name ((lower(name))), KEY sum_of ((id + 1), name), KEY last (name, id))',
  "INSERT INTO by_expression VALUES (1,'Ä','{\"a\": [1, 2]}'),(2,'b',NULL)",
  "CREATE TABLE by_values (id int PRIMARY KEY, j json, KEY tags ((cast(j->'$.tags' as unsigned array))))",
  'INSERT INTO by_values VALUES (1,\'{"tags": [1, 2]}\')',
  'CREATE TABLE not_enforced (id int PRIMARY KEY, a int, KEY a (a), CONSTRAINT c CHECK (a > 100) NOT ENFORCED)',
  'INSERT INTO not_enforced VALUES (1,2)',
  'CREATE TABLE placed (id int PRIMARY KEY, p point NOT NULL SRID 4326, SPATIAL KEY p (p), KEY q (id))',
  "INSERT INTO placed VALUES (1, ST_GeomFromText('POINT(1 2)', 4326))",
];
