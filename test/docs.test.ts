/** Everything that the documents name exists. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md', 'test/README.md'], { cwd: ROOT }).toSorted();

/** A file or folder of ours, between backticks: `lib/api/routes.ts`, `lib/formats/`. */
const PATH = /`((?:bin|lib|functions|containers|web|docs|test)\/[\w./-]*)`/g;
const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)/g;

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');

  it('names files and folders that exist', () => {
    const named = [...text.matchAll(PATH)].map(([, path = '']) => path);
    // tests may also be named by the start of their path
    const isThere = (path: string) => existsSync(join(ROOT, path)) || globSync(`${path}*`, { cwd: ROOT }).length > 0;
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  it('links to files that exist', () => {
    const linked = [...text.matchAll(LINK)].map(([, path = '']) => join(dirname(document), path));
    expect(linked.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
