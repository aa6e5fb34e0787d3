/** A dump as mysqldump writes it: tables with three secondary indexes each, in random order of their keys. */
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { randomBelow } from '../engines/mysql/dump-support.ts';
import { SAMPLES_DIRECTORY } from './samples.ts';

/** About 190 bytes a row. */
const ROWS_PER_TABLE = 480_000;
/** About 1 MB, mysqldump's usual net_buffer_length. */
const ROWS_PER_INSERT = 5_500;

const HEAD = `-- MySQL dump 10.13  Distrib 8.0.43, for Linux (x86_64)
--
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;
`;
const TAIL = `/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-22  2:00:00
`;

/** The gzipped dump's file: made on the first call, and found again by the next one. */
export async function mysqlDumpFile(tables: number, scale: number): Promise<string> {
  const rows = Math.round(ROWS_PER_TABLE * scale);
  mkdirSync(SAMPLES_DIRECTORY, { recursive: true });
  const file = join(SAMPLES_DIRECTORY, `mysqldump-${tables}x${rows}.sql.gz`);
  if (existsSync(file)) return file;
  const unfinished = `${file}.${process.pid}`;
  await pipeline(Readable.from(dump(tables, rows)), createGzip({ level: 6 }), createWriteStream(unfinished));
  renameSync(unfinished, file);
  return file;
}

function* dump(tables: number, rows: number): Generator<string> {
  yield HEAD;
  for (let table = 1; table <= tables; table++) yield* tableDump(`orders_${table}`, table, rows);
  yield TAIL;
}

function* tableDump(name: string, seed: number, rows: number): Generator<string> {
  yield `
--
-- Table structure for table \`${name}\`
--

DROP TABLE IF EXISTS \`${name}\`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`${name}\` (
  \`id\` int NOT NULL AUTO_INCREMENT,
  \`customer\` int NOT NULL,
  \`email\` varchar(80) NOT NULL,
  \`placed_at\` datetime NOT NULL,
  \`note\` varchar(255) DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`email\` (\`email\`),
  KEY \`customer\` (\`customer\`,\`placed_at\`),
  KEY \`placed_at\` (\`placed_at\`)
) ENGINE=InnoDB AUTO_INCREMENT=${rows + 1} DEFAULT CHARSET=utf8mb4;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table \`${name}\`
--

LOCK TABLES \`${name}\` WRITE;
/*!40000 ALTER TABLE \`${name}\` DISABLE KEYS */;
`;
  const below = randomBelow(seed);
  const two = (limit: number) => String(below(limit) + 1).padStart(2, '0');
  for (let first = 1; first <= rows; first += ROWS_PER_INSERT) {
    const values: string[] = [];
    for (let id = first; id < Math.min(first + ROWS_PER_INSERT, rows + 1); id++) {
      const email = `${below(2 ** 32).toString(36)}.${id}@${below(1e6).toString(36)}.example.org`;
      const note = `It\\'s order "${id}"; ${below(2 ** 32)
        .toString(16)
        .repeat(11)}`;
      values.push(
        `(${id},${below(1e6)},'${email}','20${two(26)}-${two(12)}-${two(28)} ${two(23)}:${two(59)}:00','${note}')`,
      );
    }
    yield `INSERT INTO \`${name}\` VALUES ${values.join(',')};\n`;
  }
  yield `/*!40000 ALTER TABLE \`${name}\` ENABLE KEYS */;
UNLOCK TABLES;
`;
}
