/** Of a PostgreSQL server and database, what a preflight goes by. */
import type { DatabaseLocale } from '../../../../formats/pg-dump/archive/database-locale.ts';
import type { ObjectAddress } from '../../../../formats/pg-dump/archive/toc-key.ts';

export interface PostgresServerFacts {
  database: string;
  exists: boolean;
  /** Its major version, such as 17. */
  major: number;
  /** Of the connection, not the role that a restore may make. */
  user: string;
  superuser: boolean;
  /** A member of a managed service's administrators, who have many of a superuser's rights. */
  managedAdmin: boolean;
  /** Whether a role that is made for the restore loads the dump. */
  byRole: boolean;
  standby: boolean;
  /** As its sessions begin, in the target's database if that exists. */
  settings: SessionSettings;
  /** Enabled ones of the database that come with no extension. */
  eventTriggers: readonly EventTrigger[];
  /** Every role, by name. */
  roles: ReadonlyMap<string, RoleFact>;
  /** By name: those that the server has the files of, and those in the database. */
  extensions: ReadonlyMap<string, ExtensionFact>;
  /** Whether the user may create in the database, or owns a new one. */
  mayCreate: boolean;
  /** By name: whether the user may create in the schema. */
  schemas: ReadonlyMap<string, boolean>;
  /** By name: whether the user may create in the tablespace. */
  tablespaces: ReadonlyMap<string, boolean>;
  /** Objects of which the user is no owner, neither itself nor by a role that it belongs to. */
  foreign: readonly ForeignObject[];
  /** Names of the database's domains, in JSON with their schemas: the dependencies show them as other types. */
  domains: ReadonlySet<string>;
  /** Of the database; of a new one, none. */
  text: DatabaseText | undefined;
  room: Room;
  neighbours: Neighbours;
}

export interface SessionSettings {
  /** Where default_transaction_read_only comes from, if it is on: `database`, `user`, `configuration file`. */
  readOnlyFrom: string | undefined;
  /** Time limits that aren't 0: their names, and values such as `5s`. */
  timeLimits: readonly { name: string; value: string }[];
  /** Empty if it is the database's own. */
  defaultTablespace: string;
}

export interface EventTrigger {
  name: string;
  /** Whether it also fires in sessions that apply replicated changes (ENABLE ALWAYS or REPLICA). */
  always: boolean;
  /** Whether its function may refuse a statement: it raises errors, or isn't written in a language that can be read here. */
  mayRefuse: boolean;
  /** Of the commands that it fires for; null for all. */
  tags: readonly string[] | null;
  /** Whether it only fires when something is dropped. */
  onDrop: boolean;
}

export interface RoleFact {
  /** Whether the user may give objects to it. */
  mayOwn: boolean;
  superuser: boolean;
}

export interface ExtensionFact {
  /** Whether the server has its files. */
  available: boolean;
  /** Whether a user without a superuser's rights may create it, given CREATE on the database. */
  trusted: boolean;
  installed: { schema: string; mayDrop: boolean } | undefined;
}

export interface ForeignObject extends ObjectAddress {
  identity: string;
  owner: string;
  /** Whether the user owns the schema that it is in, which gives the right to drop it, but not to alter it. */
  mayDrop: boolean;
}

export interface DatabaseText {
  /** PostgreSQL's name of the database's encoding. */
  encoding: string;
  /** Encodings that the server can convert into it. */
  convertible: ReadonlySet<string>;
  locale: DatabaseLocale;
}

export interface Room {
  /** Sessions that the server, the database and the role still allow. */
  freeSessions: number;
  /** How many locks all sessions together can hold at least. */
  locks: number;
}

/** Who else is at work in the database, or lives from it. */
export interface Neighbours {
  holders: readonly LockHolder[];
  slots: readonly ReplicationSlot[];
  standbys: readonly Standby[];
}

/** A lock on a table, view or sequence. */
export interface LockHolder {
  schema: string;
  name: string;
  /** Null of a prepared transaction. */
  pid: number | null;
  user: string | null;
  application: string | null;
  /** Of a prepared transaction: its name, and since when it is prepared. */
  prepared: { gid: string; since: string } | null;
}

export interface ReplicationSlot {
  name: string;
  active: boolean;
  /** Whether it decodes the changes of the database. */
  ofDatabase: boolean;
  /** Bytes of WAL that the server keeps for it. */
  keptBytes: number;
}

export interface Standby {
  name: string;
  /** Bytes of WAL that it has not replayed yet. */
  behindBytes: number;
}
