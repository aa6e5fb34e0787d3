/** The names that records and requests use for databases, for the tools of physical backups, and for TLS modes. */
import { z } from 'zod';

export const DB_TYPES = ['postgresql', 'mysql', 'mariadb'] as const;
export const dbType = z.enum(DB_TYPES);
export type DbType = z.infer<typeof dbType>;

/** The tools that make physical backups: copies of a whole server's files. */
export const PHYSICAL_ENGINES = ['pgbackrest', 'mariabackup', 'xtrabackup'] as const;
export const physicalEngine = z.enum(PHYSICAL_ENGINES);
export type PhysicalEngine = z.infer<typeof physicalEngine>;

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];
