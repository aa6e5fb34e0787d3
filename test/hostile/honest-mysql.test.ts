/** What honest tools write is accepted, and gives the same result as the plain client. */
import { globSync, readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DumpAcceptance } from '../../lib/formats/mysql-dump/judge/dump-acceptance.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { dumpOfStatements, loadBothWays, withDump } from '../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { shapes } from '../support/shapes/mysql-shapes.ts';

function verify(dump: Buffer): void {
  const acceptance = new DumpAcceptance();
  for (let at = 0; at < dump.length; at += 65536) acceptance.push(dump.subarray(at, at + 65536));
  acceptance.end();
}

/** In the style of sakila. */
const RENTALS = [
  'CREATE TABLE country (country_id smallint unsigned NOT NULL AUTO_INCREMENT, country varchar(50) NOT NULL, last_update timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, PRIMARY KEY (country_id))',
  'CREATE TABLE city (city_id smallint unsigned NOT NULL AUTO_INCREMENT, city varchar(50) NOT NULL, country_id smallint unsigned NOT NULL, PRIMARY KEY (city_id), KEY idx_fk_country_id (country_id), CONSTRAINT fk_city_country FOREIGN KEY (country_id) REFERENCES country (country_id) ON DELETE RESTRICT ON UPDATE CASCADE)',
  'CREATE TABLE address (address_id int NOT NULL AUTO_INCREMENT PRIMARY KEY, address varchar(50) NOT NULL, city_id smallint unsigned NOT NULL, location geometry NOT NULL, picture blob, SPATIAL KEY idx_location (location), CONSTRAINT fk_address_city FOREIGN KEY (city_id) REFERENCES city (city_id))',
  "CREATE TABLE film (film_id int NOT NULL AUTO_INCREMENT PRIMARY KEY, title varchar(128) NOT NULL, description text, release_year year DEFAULT NULL, rental_rate decimal(4,2) NOT NULL DEFAULT '4.99', rating enum('G','PG','PG-13','R','NC-17') DEFAULT 'G', special_features set('Trailers','Commentaries','Deleted Scenes') DEFAULT NULL, title_length int GENERATED ALWAYS AS (char_length(`title`)) STORED, slug varchar(200) GENERATED ALWAYS AS (lower(concat(title,'-',ifnull(release_year,'')))) VIRTUAL, extra json DEFAULT NULL, flags bit(8) DEFAULT b'101', CHECK (rental_rate >= 0 and title <> ''), KEY idx_title (title(20)), FULLTEXT KEY idx_text (title,description))",
  'CREATE TABLE film_text (film_id int NOT NULL PRIMARY KEY, title varchar(255) NOT NULL) ENGINE=MyISAM',
  "INSERT INTO country (country) VALUES ('España'),('Côte d\\'Ivoire; DROP TABLE x; -- '),('日本')",
  "INSERT INTO city (city, country_id) VALUES ('A',1),('B\\\\',2),('C\\n\"x\"',3)",
  "INSERT INTO address (address, city_id, location, picture) VALUES ('1 St',1,ST_GeomFromText('POINT(1 2)'),x'00275c0a1a22'),('',2,ST_GeomFromText('LINESTRING(0 0,1 1)'),NULL)",
  "INSERT INTO film (title, description, release_year, special_features, extra) VALUES ('ACADEMY; DINOSAUR','A \\'quoted\\' one',2006,'Trailers,Commentaries','{\"a\": \"b\\'c\"}'),('x',NULL,NULL,NULL,NULL)",
  'CREATE TRIGGER ins_film AFTER INSERT ON film FOR EACH ROW BEGIN INSERT INTO film_text (film_id, title) VALUES (new.film_id, new.title); END',
  'CREATE TRIGGER upd_film AFTER UPDATE ON film FOR EACH ROW BEGIN /* beide; größer */ IF (old.title != new.title) THEN UPDATE film_text SET title = new.title WHERE film_id = old.film_id; END IF; END',
  "CREATE VIEW film_list AS SELECT film_id AS fid, title, (CASE WHEN rental_rate > 3 THEN 'dear' ELSE 'cheap' END) AS price FROM film WHERE title NOT LIKE '%;%'",
  'CREATE VIEW city_list AS SELECT c.city, d.country, (SELECT COUNT(*) FROM film_list) AS films FROM city c JOIN country d USING (country_id)',
  "CREATE FUNCTION get_rate(p_film int) RETURNS decimal(5,2) READS SQL DATA DETERMINISTIC COMMENT 'x;y' BEGIN DECLARE v decimal(5,2); SELECT rental_rate INTO v FROM film WHERE film_id = p_film; RETURN ifnull(v, 0); END",
  'CREATE PROCEDURE report(IN p_min int, OUT p_count int) SQL SECURITY INVOKER proc: BEGIN DECLARE EXIT HANDLER FOR NOT FOUND SET p_count = -1; IF p_min = 0 THEN SELECT \'zero; "x"\' ; LEAVE proc; END IF; SELECT COUNT(*) INTO p_count FROM film; # end\nEND',
  "CREATE EVENT cleanup ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO BEGIN DELETE FROM film_text WHERE film_id < 0; END",
];
/** In the style of employees. */
const STAFF = [
  "CREATE TABLE employees (emp_no int NOT NULL, birth_date date NOT NULL, first_name varchar(14) NOT NULL, gender enum('M','F') NOT NULL, PRIMARY KEY (emp_no)) PARTITION BY RANGE (emp_no) (PARTITION p0 VALUES LESS THAN (100), PARTITION p1 VALUES LESS THAN MAXVALUE)",
  "CREATE TABLE departments (dept_no char(4) NOT NULL, dept_name varchar(40) NOT NULL COMMENT 'SELECT; FROM', PRIMARY KEY (dept_no), UNIQUE KEY dept_name (dept_name)) COMMENT='a; b'",
  'CREATE TABLE salaries (emp_no int NOT NULL, salary int NOT NULL, from_date date NOT NULL, rate double, small float, PRIMARY KEY (emp_no, from_date)) ROW_FORMAT=DYNAMIC',
  'CREATE TABLE dept_emp (emp_no int NOT NULL, dept_no char(4) NOT NULL, PRIMARY KEY (emp_no, dept_no), CONSTRAINT d FOREIGN KEY (dept_no) REFERENCES departments (dept_no) ON DELETE CASCADE)',
  "INSERT INTO employees VALUES (1,'1953-09-02','Georgi','M'),(500,'1964-06-02','Bezalel','F')",
  "INSERT INTO departments VALUES ('d001','Marketing'),('d002','R&D')",
  "INSERT INTO salaries VALUES (1,60117,'1986-06-26',1.5e-10,-1e20),(1,62102,'1987-06-26',-0.25,NULL)",
  "INSERT INTO dept_emp VALUES (1,'d001'),(500,'d002')",
  'CREATE VIEW current_dept_emp AS SELECT e.emp_no, d.dept_name FROM dept_emp e JOIN departments d ON e.dept_no = d.dept_no',
];

const OPTIONS: string[][] = [
  [],
  ['--hex-blob', '--complete-insert'],
  ['--skip-extended-insert', '--replace'],
  ['--insert-ignore', '--skip-add-locks', '--skip-disable-keys'],
  ['--skip-add-drop-table', '--no-autocommit'],
  ['--compact'],
  ['--skip-opt', '--skip-quote-names'],
  ['--default-character-set=latin1', '--skip-tz-utc'],
  ['--add-drop-trigger', '--order-by-primary'],
];

/** Not for routines and triggers: their quotes do not match the sql_mode that is written before them. */
const ANSI = ['--compatible=ansi'];

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer | undefined;
  let logged: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer(dbType);
    // positions and GTIDs get into dumps
    logged = await startServer(dbType, ['--log-bin', '--server-id=7']);
  });
  afterAll(() => Promise.all([server?.stop(), logged?.stop()]));
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });

  const ofFlavour: string[][] =
    dbType === 'mysql'
      ? [['--source-data=2'], ['--source-data=1'], ['--set-gtid-purged=OFF'], ['--column-statistics']]
      : [['--master-data=2'], ['--master-data=1', '--gtid'], ['--dump-history']];

  it('accepts dumps with all kinds of options', async () => {
    const running = logged as RunningServer;
    const refused: string[] = [];
    // latin1 has no name for one of the tables
    for (const statements of [RENTALS, STAFF, shapes(dbType).filter((one) => !/ключ/.test(one))]) {
      await dumpOfStatements(running, statements);
      for (const options of [...OPTIONS, ...ofFlavour, ...(statements === STAFF ? [ANSI] : [])]) {
        const dump = await withDump(running, 'source', (made) => buffer(made), options);
        try {
          verify(dump);
        } catch (error) {
          refused.push(`${options.join(' ')}: ${(error as Error).message}`);
        }
      }
    }
    expect(refused).toEqual([]);
  });

  it.each([
    ['rentals', RENTALS],
    ['staff', STAFF],
  ])('loads %s like the plain client', async (_, statements) => {
    const dump = await dumpOfStatements(server as RunningServer, statements, ['--hex-blob']);
    expect((await loadBothWays(server as RunningServer, dump, 3)).filter((line) => /as it stands/.test(line))).toEqual(
      [],
    );
  });
});

describe('the fixtures', () => {
  const files = globSync(`${import.meta.dirname}/../fixtures/**/*.sql.gz`);
  it.each(files.map((path) => [path.slice(path.indexOf('fixtures/')), path]))('%s is accepted', (_, path) => {
    const bytes = readFileSync(path);
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return; // encrypted: other tests restore it
    let dump: Buffer;
    try {
      dump = gunzipSync(bytes);
    } catch {
      return; // a fixture of damage
    }
    if (!/^-- (MySQL|MariaDB) dump/m.test(dump.subarray(0, 512).toString('latin1'))) return;
    verify(dump);
  });
});
