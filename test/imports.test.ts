/** What may import what: the floors of docs/architecture.md. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bin', 'lib', 'functions', 'containers', 'test', 'web'];
const STATEMENT = /^(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]/gm;
/** `import('…')`, of a value or of a type. */
const CALL = /\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)/g;

interface Import {
  file: string;
  /** One of our files as its path from the root, otherwise the package's name. */
  of: string;
  /** As a whole: nothing of it is there when the program runs. */
  isForTypes: boolean;
}

const files = globSync(
  FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx}`),
  { cwd: ROOT },
).filter((file) => !/(^|\/)(node_modules|dist)\//.test(file));
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
const imports: Import[] = files.flatMap((file) =>
  specifiers(sources.get(file) ?? '').flatMap(({ specifier, isForTypes }) => {
    const named = specifier.startsWith('.') ? filesNamed(join(dirname(file), specifier)) : [specifier];
    return named.map((of) => ({ file, of, isForTypes }));
  }),
);

/** The file itself, or every file that `${…}` may expand to. */
function filesNamed(path: string): string[] {
  if (!path.includes('${')) return [path];
  const found = files.filter((file) => matchesGlob(file, path.replaceAll(/\$\{[^}]*\}/g, '*')));
  return found.length === 0 ? [path] : found;
}

function specifiers(source: string): { specifier: string; isForTypes: boolean }[] {
  return [...source.matchAll(STATEMENT), ...source.matchAll(CALL)].map(([statement, from, bare]) => ({
    specifier: from ?? bare ?? '',
    isForTypes: /^(?:import|export) type\b/.test(statement),
  }));
}

/** The imports in a folder's files that a rule doesn't allow, as `file → import`. */
function against(folder: string, isAllowed: (imported: string) => boolean): string[] {
  const within = imports.filter(({ file }) => file.startsWith(folder));
  expect(within.length).toBeGreaterThan(0);
  return within.filter((one) => !isAllowed(one.of)).map(({ file, of }) => `${file} → ${of}`);
}
const isIn = (...folders: string[]) => {
  return (imported: string) => folders.some((folder) => imported.startsWith(folder));
};
const isNotIn = (...folders: string[]) => {
  return (imported: string) => !isIn(...folders)(imported);
};

/** From the lowest up: a file may import from the floors below, and nothing beside it or above. */
const FLOORS: readonly (readonly string[])[] = [
  ['lib/errors/'],
  ['lib/formats/'],
  ['lib/databases/'],
  ['lib/telemetry/'],
  ['lib/storage/'],
  ['lib/pipeline/'],
  ['lib/engines/'],
  ['lib/connections/', 'lib/settings/'],
  ['lib/accounts/'],
  ['lib/backups/'],
  ['lib/restores/'],
  ['lib/plans/'],
  ['lib/api/'],
  ['functions/', 'containers/'],
  ['lib/infra/', 'lib/cli/'],
  ['lib/local/'],
  ['bin/', 'web/'],
];
/** The lowest floors: bytes, names and errors. They read nothing, and don't depend on records, routes or AWS. */
const PURE = FLOORS.slice(0, 3).flat();
const CDK = ['aws-cdk-lib', 'constructs'];

describe('imports go down the floors, never up or sideways', () => {
  const floorOf = (path: string) => FLOORS.findIndex((folders) => isIn(...folders)(path));
  const folderOf = (path: string) => FLOORS.flat().find((folder) => path.startsWith(folder));

  it('every file is on a floor', () => {
    expect(files.filter((file) => !file.startsWith('test/') && floorOf(file) < 0)).toEqual([]);
  });

  it.each(FLOORS.flat())('%s imports only what is below it', (folder) => {
    const isBelow = (of: string) => floorOf(of) < floorOf(folder) || folderOf(of) === folder;
    const isOurs = (of: string) => floorOf(of) >= 0;
    expect(against(folder, (of) => !isOurs(of) || isBelow(of))).toEqual([]);
  });

  it.each(PURE)('%s imports only zod and byte readers', (folder) => {
    const isAllowed = (of: string) => isIn(...PURE)(of) || ['zod', 'node:crypto', 'node:zlib'].includes(of);
    expect(against(folder, isAllowed)).toEqual([]);
  });

  it('the shared code of the API handlers imports no handler', () => {
    expect(against('functions/http/', (of) => isIn('functions/http/')(of) || isNotIn('functions/')(of))).toEqual([]);
  });

  it('only the stack, and what synthesises it, imports the CDK', () => {
    const users = imports.filter(
      ({ file, of }) => isIn(...CDK)(of) && isNotIn('lib/infra/', 'lib/local/', 'bin/', 'test/')(file),
    );
    expect(imports.some(({ of }) => isIn('aws-cdk-lib')(of))).toBe(true);
    expect(users).toEqual([]);
  });

  it('only its program imports the command line, which needs nothing from a running service', () => {
    const users = imports.filter(({ file, of }) => isIn('lib/cli/')(of) && isNotIn('lib/cli/', 'test/')(file));
    expect(new Set(users.map(({ file }) => file))).toEqual(new Set(['bin/jagad-restore.ts']));
    const runs = imports.filter(({ isForTypes }) => !isForTypes);
    const loaded = closure(['bin/jagad-restore.ts'], runs);
    expect(loaded).toContain('lib/engines/load/engine-for.ts');
    const ofService = isIn('functions/', 'lib/local/', 'lib/infra/', 'lib/restores/admission/', 'lib/plans/', ...CDK);
    const ofOtherServices = (of: string) => of.startsWith('@aws-sdk/') && of !== '@aws-sdk/client-s3';
    expect(loaded.filter((of) => ofService(of) || ofOtherServices(of))).toEqual([]);
  });

  it('only the commands of one machine import lib/local', () => {
    const users = imports.filter(({ file, of }) => isIn('lib/local/')(of) && isNotIn('lib/local/', 'test/')(file));
    expect(new Set(users.map(({ file }) => file))).toEqual(new Set(['bin/local.ts', 'bin/reset-admin-password.ts']));
  });

  it('the pages import what runs in a browser, and take their types from the list of calls', () => {
    const loaded = closure(
      files.filter(isIn('web/src/')),
      imports.filter(({ isForTypes }) => !isForTypes),
    );
    expect(loaded).toContain('lib/databases/engines.ts');
    const packages = ['virtual:', '@cloudscape-design/', '@tanstack/', 'react', 'wouter', 'zod'];
    expect(loaded.filter((of) => !sources.has(of) && isNotIn(...packages)(of) && !of.endsWith('.css'))).toEqual([]);
    const needing = loaded.filter((file) => /\b(?:Buffer\.|process\.|__dirname)/.test(sources.get(file) ?? ''));
    expect(needing).toEqual([]);
    const statements = [...sources]
      .filter(([file]) => isIn('web/src/')(file))
      .flatMap(([, source]) => source.match(/^import\b.*lib\/api\/routes\.ts'/gm) ?? []);
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter((statement) => !statement.startsWith('import type'))).toEqual([]);
  });

  it('nothing imports the pages', () => {
    expect(imports.filter(({ file, of }) => isIn('web/')(of) && isNotIn('web/', 'test/')(file))).toEqual([]);
  });

  it('no file imports itself, directly or indirectly, not even for types', () => {
    expect(circles()).toEqual([]);
  });

  it('nothing imports bin', () => {
    expect(imports.filter(({ of }) => isIn('bin/')(of))).toEqual([]);
  });

  it('nothing imports the tests', () => {
    expect(imports.filter(({ file, of }) => isIn('test/')(of) && isNotIn('test/')(file))).toEqual([]);
  });

  it('nothing that a Lambda or the container loads, in any way, imports the CDK or the local service', () => {
    const loaded = closure(files.filter(isIn('functions/', 'containers/')));
    expect(loaded.length).toBeGreaterThan(30);
    expect(loaded.filter(isIn('lib/local/', 'lib/infra/', ...CDK))).toEqual([]);
  });
});

it('no file path is taken from its URL, in which a space is %20', () => {
  const taken = /import\.meta\.url\)\.pathname/;
  expect([...sources].filter(([, source]) => taken.test(source)).map(([file]) => file)).toEqual([]);
});

describe('this test sees every import', () => {
  it('finds one import for each line that begins with it', () => {
    for (const [file, source] of sources) {
      const lines = source.match(/^import\b(?!\()/gm)?.length ?? 0;
      const found = [...source.matchAll(STATEMENT)].filter(([statement]) => statement.startsWith('import')).length;
      expect([file, found]).toEqual([file, lines]);
    }
  });

  it('finds every file of ours that one names', () => {
    const ours = imports.filter(({ of }) => isIn(...FOLDERS.map((folder) => `${folder}/`))(of));
    expect(ours.filter(({ of }) => of.endsWith('.ts') && !sources.has(of))).toEqual([]);
  });
});

/** The files, all that they import, and all that these import. */
function closure(roots: string[], among = imports): string[] {
  const seen = new Set(roots);
  for (const file of seen) {
    for (const one of among) if (one.file === file) seen.add(one.of);
  }
  return [...seen];
}

/** The groups of files that import one another (Tarjan's strongly connected components). */
function circles(): string[][] {
  const known = new Set(files);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const place = order.size;
    order.set(file, place);
    low.set(file, place);
    open.push(file);
    for (const { of } of byFile.get(file) ?? []) {
      if (!known.has(of)) continue;
      const reached = order.has(of) ? (open.includes(of) ? (order.get(of) as number) : place) : visit(of);
      low.set(file, Math.min(low.get(file) as number, reached));
    }
    if (low.get(file) === place) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1) found.push(group);
    }
    return low.get(file) as number;
  };
  const byFile = Map.groupBy(imports, ({ file }) => file);
  for (const file of files) if (!order.has(file)) visit(file);
  return found;
}
