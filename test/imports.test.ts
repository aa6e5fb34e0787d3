/** Imports point inward: bin and web → functions and containers → lib/aws, lib/pipeline → lib/domain. */
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

/** The file itself, or every file that `${…}` may come to. */
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

/** The description of the deployment for CloudFormation; nothing that runs needs it. */
const DEPLOYMENT = [
  'lib/constructs/',
  'lib/restore-stack.ts',
  'lib/stage-settings.ts',
  'lib/workflow/restore-machine.ts',
  'lib/workflow/verification-machine.ts',
  'lib/workflow/job-machine.ts',
  'lib/workflow/plan-machine.ts',
  'lib/workflow/lambda-state.ts',
  'lib/workflow/task-state.ts',
  'aws-cdk-lib',
  'constructs',
];

/** The lowest layer: libraries about bytes, and the classes of errors. */
const LOWEST = ['lib/formats/', 'lib/errors/'];

describe('imports point inward', () => {
  it('lib/formats and lib/errors know each other and zod: no word of our records, routes or AWS', () => {
    for (const folder of ['lib/formats/', 'lib/errors/']) {
      expect(against(folder, (of) => isIn(...LOWEST)(of) || of === 'zod')).toEqual([]);
    }
  });

  it('lib/domain knows itself, what is below it and zod, and no types of others either', () => {
    expect(against('lib/domain/', (of) => isIn('lib/domain/', ...LOWEST)(of) || of === 'zod')).toEqual([]);
  });

  it('lib/pipeline knows lib/domain and Node', () => {
    const isAllowed = isIn('lib/domain/', 'lib/pipeline/', ...LOWEST, 'node:');
    expect(against('lib/pipeline/', isAllowed)).toEqual([]);
  });

  it('lib/jagad reads a Jagad for any caller: it only imports lib/domain', () => {
    const isAllowed = isIn('lib/domain/', 'lib/jagad/', ...LOWEST, 'node:');
    expect(against('lib/jagad/', (of) => isAllowed(of) || ['zod', 'p-retry'].includes(of))).toEqual([]);
  });

  it.each([
    'lib/aws/',
    'lib/databases/',
    'lib/accounts/',
    'lib/catalogue/',
    'lib/events/',
    'lib/physical/',
    'lib/plans/',
    'lib/previews/',
    'lib/programs/',
    'lib/restores/',
    'lib/verifications/',
    'lib/telemetry/',
    'lib/routes.ts',
    'lib/openapi.ts',
  ])('%s knows nothing of who calls it', (folder) => {
    expect(against(folder, isNotIn('functions/', 'containers/', 'lib/local/', 'web/', ...DEPLOYMENT))).toEqual([]);
  });

  it('functions and containers import neither each other nor the deployment', () => {
    expect(against('functions/', isNotIn('containers/', ...DEPLOYMENT))).toEqual([]);
    expect(against('containers/', isNotIn('functions/', ...DEPLOYMENT))).toEqual([]);
  });

  it('lib/aws and lib/databases know nothing of what they are used for', () => {
    const isAllowed = isNotIn(
      'lib/accounts/',
      'lib/catalogue/',
      'lib/events/',
      'lib/physical/',
      'lib/plans/',
      'lib/previews/',
      'lib/restores/',
      'lib/verifications/',
      'lib/workflow/',
    );
    for (const folder of ['lib/aws/', 'lib/databases/', 'lib/pipeline/']) {
      expect(against(folder, isAllowed)).toEqual([]);
    }
  });

  it('the list of calls, and its document, are made only from lib/domain', () => {
    const isAllowed = (of: string) => isIn('lib/domain/', 'lib/routes.ts', ...LOWEST)(of) || of === 'zod';
    expect([...against('lib/routes.ts', isAllowed), ...against('lib/openapi.ts', isAllowed)]).toEqual([]);
  });

  it('what the API handlers share knows none of them', () => {
    expect(against('functions/http/', (of) => isIn('functions/http/')(of) || isNotIn('functions/')(of))).toEqual([]);
  });

  it('what is deployed is described without being loaded', () => {
    for (const folder of ['lib/constructs/', 'lib/restore-stack.ts', 'lib/workflow/']) {
      expect(against(folder, isNotIn('functions/', 'containers/'))).toEqual([]);
    }
  });

  it('code that needs the CDK is in the list of what is deployed', () => {
    const users = imports.filter(
      ({ file, of }) => isIn('aws-cdk-lib')(of) && isNotIn('lib/local/', 'bin/', 'test/')(file),
    );
    expect(users.length).toBeGreaterThan(0);
    expect(users.map(({ file }) => file).filter(isNotIn(...DEPLOYMENT))).toEqual([]);
  });

  it('only its program imports the command line, which needs nothing of a running service', () => {
    const users = imports.filter(({ file, of }) => isIn('lib/cli/')(of) && isNotIn('lib/cli/', 'test/')(file));
    expect(new Set(users.map(({ file }) => file))).toEqual(new Set(['bin/jagad-restore.ts']));
    const loaded = closure(['bin/jagad-restore.ts']);
    expect(loaded).toContain('containers/restore/engine-for.ts');
    const ofService = isIn('functions/', 'lib/local/', 'lib/restores/', 'lib/verifications/', ...DEPLOYMENT);
    const ofOtherServices = (of: string) => of.startsWith('@aws-sdk/') && of !== '@aws-sdk/client-s3';
    expect(loaded.filter((of) => ofService(of) || ofOtherServices(of))).toEqual([]);
  });

  it('only the commands of one machine import lib/local', () => {
    const users = imports.filter(({ file, of }) => isIn('lib/local/')(of) && isNotIn('lib/local/', 'test/')(file));
    expect(new Set(users.map(({ file }) => file))).toEqual(new Set(['bin/local.ts', 'bin/reset-admin-password.ts']));
  });

  it('the pages load nothing but lib/domain, and take their types from the list of calls', () => {
    const isAllowed = isIn(
      'web/',
      'lib/domain/',
      ...LOWEST,
      'lib/routes.ts',
      'virtual:',
      '@cloudscape-design/',
      '@tanstack/',
      'react',
      'wouter',
      'zod',
    );
    expect(against('web/src/', isAllowed)).toEqual([]);
    const statements = [...sources]
      .filter(([file]) => isIn('web/src/')(file))
      .flatMap(([, source]) => source.match(/^import\b.*lib\/routes\.ts'/gm) ?? []);
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter((statement) => !statement.startsWith('import type'))).toEqual([]);
  });

  it('the pages load no file that needs a global of Node’s', () => {
    const runs = imports.filter(({ isForTypes }) => !isForTypes);
    const loaded = closure(files.filter(isIn('web/src/')), runs);
    expect(loaded).toContain('lib/domain/engines/engines.ts');
    const needing = loaded.filter((file) => /\b(?:Buffer\.|process\.|__dirname)/.test(sources.get(file) ?? ''));
    expect(needing).toEqual([]);
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

  it('nothing that a Lambda or the container loads, by whatever way, brings the CDK or the local service', () => {
    const loaded = closure(files.filter(isIn('functions/', 'containers/')));
    expect(loaded.length).toBeGreaterThan(30);
    expect(loaded.filter(isIn('lib/local/', ...DEPLOYMENT))).toEqual([]);
  });
});

it('no path of a file is taken from its URL, in which a space is %20', () => {
  const taken = /import\.meta\.url\)\.pathname/;
  expect([...sources].filter(([, source]) => taken.test(source)).map(([file]) => file)).toEqual([]);
});

describe('this test sees every import', () => {
  it('finds one for each line that begins with it', () => {
    for (const [file, source] of sources) {
      const lines = source.match(/^import\b(?!\()/gm)?.length ?? 0;
      const found = [...source.matchAll(STATEMENT)].filter(([statement]) => statement.startsWith('import')).length;
      expect([file, found]).toEqual([file, lines]);
    }
  });

  it('knows every file of ours that one names', () => {
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
