import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { TooManyRequests } from '../../errors/errors.ts';

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** OWASP's "Password Storage Cheat Sheet": N = 2^17, r = 8, p = 1. This needs 128 MiB for a moment. */
const COST = { N: 2 ** 17, r: 8, p: 1 };
const MAX_MEMORY_BYTES = 160 * 1024 * 1024;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Each hash needs 128 MiB and a CPU for a moment, so a flood of sign-ins could stop the service. So a process computes
 * at most this many at once. The others wait, but not for long, since a call has to answer in time.
 */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 30;
const MAX_WAIT_MS = 4000;
const RETRY_AFTER_MS = 1000;

let underWay = 0;
/** Gives the free place to the next one that waits. */
const waiting: (() => void)[] = [];

/** @throws TooManyRequests if too many are waiting, or if this one has waited too long. */
async function derive(password: string, salt: Buffer, bytes: number, options: ScryptOptions): Promise<Buffer> {
  if (underWay < MAX_AT_ONCE) underWay += 1;
  else await placeOfAnother();
  try {
    return await scryptAsync(password, salt, bytes, options);
  } finally {
    const next = waiting.shift();
    if (next === undefined) underWay -= 1;
    else next();
  }
}

/** When a hash is done, the next one gets its place. */
async function placeOfAnother(): Promise<void> {
  const tooMany = () => new TooManyRequests('too many passwords are being checked', RETRY_AFTER_MS);
  if (waiting.length >= MAX_WAITING) throw tooMany();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  waiting.push(resolve);
  const timer = setTimeout(() => {
    const at = waiting.indexOf(resolve);
    if (at < 0) return; // it already has a place
    waiting.splice(at, 1);
    reject(tooMany());
  }, MAX_WAIT_MS);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** `scrypt$N$r$p$salt$hash`; salt and hash are in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, { ...COST, maxmem: MAX_MEMORY_BYTES });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

export async function passwordMatches(password: string, stored: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = stored.split('$');
  const expected = Buffer.from(hash, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p), maxmem: MAX_MEMORY_BYTES };
  const actual = await derive(password, Buffer.from(salt, 'base64url'), expected.length, cost);
  return timingSafeEqual(actual, expected);
}
