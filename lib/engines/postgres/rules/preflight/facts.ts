/** The facts about a PostgreSQL server and database that a preflight uses. */
import type { DatabaseLocale } from '../../../../formats/pg-dump/archive/database-locale.ts';
import type { ObjectAddress } from '../../../../formats/pg-dump/archive/toc-key.ts';

export interface PostgresServerFacts {
  database: string;
  exists: boolean;
  /** The server's major version, such as 17. */
  major: number;
  /** The connection's user, not the role that a restore may create. */
  user: string;
  superuser: boolean;
  /** Whether the user is a member of a managed service's administrators, who have many of a superuser's rights. */
  managedAdmin: boolean;
  /** Whether a role that is created for the restore loads the dump. */
  byRole: boolean;
  standby: boolean;
  /** The settings with which the user's sessions begin, in the target's database if it exists. */
  settings: SessionSettings;
  /** Enabled event triggers of the database that don't belong to an extension. */
  eventTriggers: readonly EventTrigger[];
  /** All roles, by name. */
  roles: ReadonlyMap<string, RoleFact>;
  /** By name: the extensions whose files the server has, and those in the database. */
  extensions: ReadonlyMap<string, ExtensionFact>;
  /** Whether the user may create objects in the database, or owns a new database. */
  mayCreate: boolean;
  /** By name: whether the user may create objects in the schema. */
  schemas: ReadonlyMap<string, boolean>;
  /** By name: whether the user may create objects in the tablespace. */
  tablespaces: ReadonlyMap<string, boolean>;
  /** Objects that belong neither to the user nor to a role of which the user is a member. */
  foreign: readonly ForeignObject[];
  /** The names of the database's domains, as JSON with their schemas. The dependencies show domains as other types. */
  domains: ReadonlySet<string>;
  /** The objects of the database; none if it is new. */
  text: DatabaseText | undefined;
  room: Room;
  neighbours: Neighbours;
}

export interface SessionSettings {
  /** What sets default_transaction_read_only, if it is on: `database`, `user`, `configuration file`. */
  readOnlyFrom: string | undefined;
  /** Time limits that aren't 0: their names and values, such as `5s`. */
  timeLimits: readonly { name: string; value: string }[];
  /** Empty if it is the database's default. */
  defaultTablespace: string;
}

export interface EventTrigger {
  name: string;
  /** Whether it also fires in sessions that apply replicated changes (ENABLE ALWAYS or REPLICA). */
  always: boolean;
  /**
   * Whether its function may refuse a statement: it raises errors, or is written in a language that can't be read here.
   */
  mayRefuse: boolean;
  /** Of the commands that it fires for; null for all. */
  tags: readonly string[] | null;
  /** Whether it only fires when something is dropped. */
  onDrop: boolean;
}

export interface RoleFact {
  /** Whether the user may make it the owner of objects. */
  mayOwn: boolean;
  superuser: boolean;
}

export interface ExtensionFact {
  /** Whether the server has the extension's files. */
  available: boolean;
  /** Whether a user who isn't a superuser may create it, if the user has CREATE on the database. */
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
  /** PostgreSQL's name for the database's encoding. */
  encoding: string;
  /** The encodings that the server can convert to it. */
  convertible: ReadonlySet<string>;
  locale: DatabaseLocale;
}

export interface Room {
  /** How many more sessions the server, the database and the role allow. */
  freeSessions: number;
  /** How many locks all sessions together can hold at least. */
  locks: number;
}

/** Who else is at work in the database, or depends on it. */
export interface Neighbours {
  holders: readonly LockHolder[];
  slots: readonly ReplicationSlot[];
  standbys: readonly Standby[];
}

/** A lock on a table, view or sequence. */
export interface LockHolder {
  schema: string;
  name: string;
  /** Null for a prepared transaction. */
  pid: number | null;
  user: string | null;
  application: string | null;
  /** For a prepared transaction: its name, and when it was prepared. */
  prepared: { gid: string; since: string } | null;
}

export interface ReplicationSlot {
  name: string;
  active: boolean;
  /** Whether it decodes the changes of this database. */
  ofDatabase: boolean;
  /** How many bytes of WAL the server keeps for it. */
  keptBytes: number;
}

export interface Standby {
  name: string;
  /** How many bytes of WAL it has not replayed yet. */
  behindBytes: number;
}
