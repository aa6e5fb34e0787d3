import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { MalformedRequest } from '../errors/errors.ts';
import type { Caller } from './caller.ts';

export interface Command {
  /** One line, for the list of commands. */
  summary: string;
  /** The whole help text, from the usage line on. */
  help: string;
  /** @throws RequestError for wrong usage, StepError for a problem with the backup or the target. */
  run(args: string[], caller: Caller): Promise<void>;
}

/**
 * The one object that a command works on, and the command's options.
 * @throws MalformedRequest
 */
export function readArguments<const Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  const { values, positionals } = parsed(args, options);
  const [object, ...more] = positionals;
  if (object === undefined) throw wrongUsage('the object is missing', 'Name a file, or s3://bucket/key.');
  if (more.length > 0) {
    throw wrongUsage(`there is more than one object: ${positionals.join(', ')}`, 'Quote a name that has spaces in it.');
  }
  return { object, values };
}

/**
 * The options of a command that doesn't work on an object.
 * @throws MalformedRequest
 */
export function readOptions<const Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  const { values, positionals } = parsed(args, options);
  if (positionals.length > 0) {
    throw wrongUsage(
      `unexpected argument: ${positionals.join(', ')}`,
      'See --help. Quote values that have spaces in them.',
    );
  }
  return values;
}

function parsed<const Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const isUsage = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
    throw isUsage ? wrongUsage((error as Error).message, 'See --help.') : error;
  }
}

/**
 * Checks that an option has one of its possible values.
 * @throws MalformedRequest
 */
export function oneOf<const Value extends string>(option: string, value: string, values: readonly Value[]): Value {
  const found = values.find((one) => one === value);
  if (found === undefined) throw wrongUsage(`${option} must be one of ${values.join(', ')}`, 'See --help.');
  return found;
}

/** @throws MalformedRequest */
export function readSha256(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw wrongUsage('--sha256 must be 64 hexadecimal digits', "Use the checksum from the backup's record.");
  }
  return text.toLowerCase();
}

export function wrongUsage(message: string, hint: string): MalformedRequest {
  return new MalformedRequest(message, { hint });
}
