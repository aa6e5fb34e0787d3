/** Where mutants come from and go: a dump format, a server that loads them, and checks of what they do. */
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import type { DbType } from '../../../lib/databases/names.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { ContentCheck } from '../../../lib/pipeline/verification/content-check.ts';
import { type Harness, startHarness } from '../harness.ts';

export interface MutantSource {
  name: string;
  server: RunningServer;
  /** The same bytes for the same seed. */
  mutant(seed: number): Buffer;
  /** Why verification refuses it; undefined if it is accepted. */
  refusal(dump: Buffer): string | undefined;
  /** Whether it contains an attack: if it is accepted, the attack must be plain text. */
  hasAttack(dump: Buffer): boolean;
  /**
   * Loads it into a new database `target`, as a user with all rights.
   * @returns whether all of it loaded
   */
  load(dump: Buffer, seed: number): Promise<boolean>;
  /** Everything that must not change, whatever was loaded; and whether the secret is in the target now. */
  witnesses(): Promise<unknown>;
  stop(): Promise<void>;
}

/** What verification would say of a dump; undefined if it would pass. */
export function refusalOf(dump: Buffer, dbType: DbType): string | undefined {
  const check = new ContentCheck('dump', dbType);
  try {
    check.push(dump);
    check.end();
    check.checkAccepted();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const JUDGED = 2000;
/** Of all mutants, this share has to load whole. */
const LEAST_WHOLE = 0.3;

/**
 * Checks mutants without a server, loads some of those that pass, and sends some of those that don't to the service.
 * @param loaded how many of those that pass
 * @param sent how many of those that don't
 */
export async function expectHarmless(
  source: MutantSource,
  { loaded, sent }: { loaded: number; sent: number },
): Promise<void> {
  const seeds = Array.from({ length: JUDGED }, (_, index) => index + 1);
  const refusals = new Map(seeds.map((seed) => [seed, source.refusal(source.mutant(seed))]));
  const accepted = seeds.filter((seed) => refusals.get(seed) === undefined);
  expect(accepted.length).toBeGreaterThan(JUDGED * LEAST_WHOLE);
  const refused = seeds.filter((seed) => /not accepted/.test(refusals.get(seed) ?? ''));

  await loadMutant(source, accepted[0] as number);
  const before = await source.witnesses();
  // half of them contain an attack, which has to be plain text
  const dangerous = accepted.filter((seed) => source.hasAttack(source.mutant(seed)));
  const others = accepted.filter((seed) => !dangerous.includes(seed));
  let whole = 0;
  for (const group of [dangerous, others]) {
    const chosen = spread(group, loaded / 2);
    for (const seed of chosen) {
      if (await loadMutant(source, seed)) whole += group.length / chosen.length;
      expect([seed, await source.witnesses()]).toEqual([seed, before]);
    }
  }
  expect(whole).toBeGreaterThan(JUDGED * LEAST_WHOLE);

  const harness = await startHarness(source.server);
  try {
    await Promise.all(spread(refused, sent).map((seed) => expectRefused(harness, source, seed)));
    expect(await source.witnesses()).toEqual(before);
  } finally {
    await harness.stop();
  }
}

/** @returns whether all of it loaded */
export function loadMutant(source: MutantSource, seed: number): Promise<boolean> {
  return source.load(source.mutant(seed), seed);
}

function spread(seeds: readonly number[], count: number): number[] {
  expect(seeds.length).toBeGreaterThanOrEqual(count);
  return Array.from({ length: count }, (_, index) => seeds[Math.floor((index * seeds.length) / count)] as number);
}

async function expectRefused(harness: Harness, source: MutantSource, seed: number): Promise<void> {
  const backup = await harness.addBackup(harness.backups[1], gzipSync(source.mutant(seed)), {
    ...{ database_name: 'target', size_bytes: null, checksum: null },
  });
  const restore = await harness.restore(backup, { target_database: `target_${seed}` });
  const { body } = await harness.api.call('GET', `/api/backups/${backup.id}`);
  const { verify_status, verify_error, status } = body as Backup;
  expect([seed, restore.status, status, verify_status]).toEqual([...[seed, 'failed', 'success', 'failed']]);
  expect([seed, verify_error]).toEqual([
    seed,
    expect.stringMatching(/(line \d+|entry \d+ of the archive).* not accepted/s),
  ]);
  expect([seed, verify_error]).not.toEqual([seed, expect.stringMatching(/damaged/i)]);
}
