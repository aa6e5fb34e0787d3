/**
 * Divides a plain dump into two parts. The role that was created for the restore loads most of it, and the connection's
 * user runs what the role may not (plain-part.ts): at once, or after the role has committed. The drops at the dump's
 * beginning are collected, so that the user lends the role all their objects at once.
 */
import type { RestoreError } from '../../../../errors/errors.ts';
import type { PlainPiece } from '../../../../formats/pg-dump/plain/dump.ts';
import { notAccepted, Unaccepted } from '../../../../formats/pg-dump/plain/refusal.ts';
import { type PlainStep, plainStep } from '../../../../formats/pg-dump/plain/steps.ts';
import { isRefusal, type PlainPart } from './plain-part.ts';
import type { PlainSession } from './plain-session.ts';

type Statement = Extract<PlainPiece, { kind: 'statement' }>;
type Drop = Extract<PlainStep, { kind: 'drop' }>;

/** The limit for collected drops; those of a hundred thousand objects are fewer. */
const MOST_DROPS_BYTES = 64 * 1024 * 1024;

export interface Divided {
  session: PlainSession;
  /** The connection user's part. */
  own: PlainPart;
  /** Creates the error for something that only a superuser may create. */
  needsTrusted(what: string): RestoreError;
  warn(line: string): void;
  /** Runs a statement as the role. */
  byRole(piece: Statement): Promise<void>;
}

export class PlainDivision {
  readonly #session: PlainSession;
  readonly #own: PlainPart;
  readonly #needsTrusted: Divided['needsTrusted'];
  readonly #warn: Divided['warn'];
  readonly #byRole: Divided['byRole'];
  /** The drops at the dump's beginning, collected until another kind of statement comes. */
  #drops: { step: Drop; piece: Statement }[] | undefined = [];
  #dropBytes = 0;
  /** Grants by a role other than the owner, collected as they come. */
  #grants: string[] | undefined;

  constructor({ session, own, needsTrusted, warn, byRole }: Divided) {
    this.#session = session;
    this.#own = own;
    this.#needsTrusted = needsTrusted;
    this.#warn = warn;
    this.#byRole = byRole;
  }

  /** Makes the right session run each statement. */
  async take(piece: Statement): Promise<void> {
    this.#session.line = piece.line;
    const text = await this.#session.named(() => this.#own.decoded(piece.bytes, this.#session.encoding));
    const step = this.#stepOf(text);
    if (step.kind === 'drop' && this.#drops !== undefined) return this.#collect(step, piece);
    await this.carryOutDrops();
    this.#session.line = piece.line;
    // settings come before the drops and between them
    if (step.kind !== 'setting') this.#drops = undefined;
    if (await this.#session.named(() => this.#isDone(step, text))) return;
    await this.#byRole(piece);
  }

  #stepOf(text: string): PlainStep {
    try {
      return plainStep(text, !this.#session.backslashes);
    } catch (error) {
      throw error instanceof Unaccepted ? notAccepted(this.#session.line, error) : error;
    }
  }

  /** @returns whether nothing of it is left for the role */
  async #isDone(step: PlainStep, text: string): Promise<boolean> {
    switch (step.kind) {
      case 'demand':
        throw this.#needsTrusted(`${step.what}, on line ${this.#session.line}`);
      case 'session':
        if (step.begins) this.#grants = [];
        this.#grants?.push(text);
        if (step.begins || this.#grants === undefined) return true;
        // together, they correspond to one entry of an archive
        this.#own.hold(this.#heldGrants(this.#grants), !this.#session.backslashes);
        this.#grants = undefined;
        return true;
      case 'hold':
        if (this.#grants === undefined) this.#own.hold(step.entries, !this.#session.backslashes);
        else this.#grants.push(text);
        return true;
      case 'leave out':
        return true;
      case 'schema':
        return this.#own.makeSchema(step.name);
      case 'extension':
        await this.#own.makeExtension(text, step.name, step.schema).catch((error: unknown) => {
          // as without a role: a statement that needs it fails by itself
          if (!isRefusal(error)) throw error;
          this.#warn(`line ${this.#session.line}: ${error.message} (${text})`);
        });
        return true;
      case 'wrapper':
        await this.#own.makeWrapper(text, step.name);
        return true;
      case 'triggers':
        return this.#own.switchTriggers(step.object, step.on);
      case 'rows':
        await this.#own.letWrite(step.schema, step.name);
        return false;
      case 'setting':
        if (step.tablespace !== undefined) await this.#own.letUse(step.tablespace);
        return false;
      default:
        return false;
    }
  }

  /** The grants on one object between SET SESSION AUTHORIZATION and its RESET. */
  #heldGrants(texts: string[]): Extract<PlainStep, { kind: 'hold' }>['entries'] {
    const step = this.#stepOf(texts[1] ?? '');
    if (step.kind !== 'hold') return [];
    return step.entries.map((entry) => ({ ...entry, definition: texts.map((text) => text.trim()).join('\n') }));
  }

  async #collect(step: Drop, piece: Statement): Promise<void> {
    this.#drops?.push({ step, piece: { ...piece, bytes: Buffer.from(piece.bytes) } });
    this.#dropBytes += piece.bytes.length;
    if (this.#dropBytes > MOST_DROPS_BYTES) await this.carryOutDrops();
  }

  /** Runs the collected drops. */
  async carryOutDrops(): Promise<void> {
    const drops = this.#drops ?? [];
    if (drops.length === 0) return;
    this.#drops = [];
    this.#dropBytes = 0;
    const byRole = await this.#own.lend(drops.map(({ step }) => step));
    for (const [at, { piece }] of drops.entries()) if (byRole[at]) await this.#byRole(piece);
  }
}
