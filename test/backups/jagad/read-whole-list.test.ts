import { describe, expect, it } from 'vitest';
import { MOST_ROUNDS, type ReadPage, readWholeList } from '../../../lib/backups/jagad/read-whole-list.ts';
import { type RawRecord, recorded, recordedState } from '../../support/jagad-server.ts';

/** A list that is newest first, read page by page; `change` comes before each page but the first. */
function pagesOf(list: RawRecord[], change: (request: number) => unknown = () => {}, most = 100): ReadPage {
  let request = 0;
  return async (limit, offset) => {
    if (request++ > 0) change(request);
    return list.slice(offset, offset + Math.min(limit, most));
  };
}

const START = Date.UTC(2026, 10, 30);
/** `count` records, newest first, a minute apart. */
function backups(count: number, prefix = 'b'): RawRecord[] {
  return Array.from({ length: count }, (_, index) => backup(`${prefix}${index}`, START - index * 60_000));
}
const backup = (id: string, at: number): RawRecord => ({ id, created_at: new Date(at).toISOString() });
const ids = (records: unknown[]) => (records as RawRecord[]).map(({ id }) => id);

describe('a list that does not change', () => {
  it.each([0, 1, 2, 9, 10, 11, 49, 50, 51, 99, 100, 101, 130, 190, 1000])(
    'of %i records is read completely',
    async (count) => {
      const list = backups(count);
      expect(await readWholeList(pagesOf(list))).toEqual({ records: list, removed: [], agreed: true });
    },
  );

  it.each([1, 2, 11, 50])(
    'is read completely if the server answers at most %i records, whatever it is asked for',
    async (most) => {
      const list = backups(130);
      expect((await readWholeList(pagesOf(list, undefined, most))).records).toEqual(list);
    },
  );

  it('is requested in pages no larger than Jagad answers', async () => {
    const asked: [number, number][] = [];
    await readWholeList(async (limit, offset) => {
      asked.push([limit, offset]);
      return backups(130).slice(offset, offset + limit);
    });
    expect(asked.every(([limit, offset]) => limit >= 1 && limit <= 100 && offset >= 0)).toBe(true);
    expect(asked.length).toBeLessThan(8);
  });

  it('is read with a report of how many records and which round', async () => {
    const told: [number, number][] = [];
    await readWholeList(pagesOf(backups(130)), (done, round) => told.push([done, round]));
    expect(told.at(0)).toEqual([100, 1]);
    expect(told.at(-1)).toEqual([130, 2]);
  });

  it('is read completely even if records with equal times change order between pages', async () => {
    // forty with the same time; their order depends on where a page ends, as in PostgreSQL
    const list = backups(400).map((one, index) => backup(one.id, START - Math.floor(index / 40) * 60_000));
    const readPage: ReadPage = async (limit, offset) => {
      const turned = list.toSorted(
        (a, b) =>
          Date.parse(b.created_at) - Date.parse(a.created_at) ||
          turn(a.id, limit + offset) - turn(b.id, limit + offset),
      );
      return turned.slice(offset, offset + limit);
    };
    const { records, agreed } = await readWholeList(readPage);
    expect([new Set(ids(records)), agreed]).toEqual([new Set(ids(list)), true]);
  });
});

/** Another order of ids for each `seed`. */
function turn(id: string, seed: number): number {
  return (Number(id.slice(1)) * 7919 + seed * 104_729) % 1009;
}

describe('a list that changes while it is read', () => {
  it('includes each backup once if one is made between two pages, as recorded', async () => {
    const [first, second] = [recorded('paging-moving-1.json'), recorded('paging-moving-2.json')] as RawRecord[][];
    expect(ids(second as RawRecord[])[0]).toBe(ids(first as RawRecord[]).at(-1));
    const after = recordedState().backups;
    // what was made between the two: everything above the first page's own first
    const list = after.slice(ids(after).indexOf((first as RawRecord[])[0]?.id));
    const made = after.slice(0, after.length - list.length);
    expect(made).not.toEqual([]);
    const { records, agreed } = await readWholeList(
      pagesOf(list, (request) => request === 2 && list.unshift(...made), 50),
    );
    expect([records, agreed]).toEqual([after, true]);
  });

  it('includes a backup that a removal moved past both pages, as recorded', async () => {
    const first: RawRecord[] = recorded('paging-shrinking-1.json');
    const second: RawRecord[] = recorded('paging-shrinking-2.json');
    const newest = first[0] as RawRecord;
    const after = recordedState().backups.filter(({ created_at }) => created_at <= newest.created_at);
    const removed = first.filter(({ id }) => !ids(after).includes(id));
    const list = [...removed, ...after];
    // as Jagad answered then: neither page has a record that was there all the time
    const onNeither = list.slice(0, 101).filter(({ id }) => ![...ids(first), ...ids(second)].includes(id));
    expect(ids(onNeither)).toHaveLength(1);
    const read = await readWholeList(pagesOf(list, (request) => request === 2 && list.splice(0, removed.length), 50));
    expect(ids(read.records)).toEqual(expect.arrayContaining(ids(onNeither)));
    expect(read.records).toEqual(after);
    expect([read.removed, read.agreed]).toEqual([ids(removed), true]);
  });

  it.each([1, 9, 10, 11, 50, 95, 150])(
    'loses nothing when %i backups are removed at once, and reports the removal',
    async (count) => {
      const list = backups(400);
      const stay = list.slice(count);
      const { records, removed, agreed } = await readWholeList(
        pagesOf(list, (request) => request === 2 && list.splice(0, count)),
      );
      expect([records, agreed]).toEqual([stay, true]);
      // what wasn't on the first page was never seen
      expect(removed).toEqual(ids(backups(Math.min(count, 100))));
    },
  );

  it('finds in each round what a removal moved off its pages', async () => {
    // the list is complete again before each round, so all rounds are right, or wrong in the same way
    const whole = backups(400);
    let list = [...whole];
    const { records, agreed } = await readWholeList(async (limit, offset) => {
      if (offset === 0) list = [...whole];
      else if (list.length === whole.length) list.splice(0, 45);
      return list.slice(offset, offset + limit);
    });
    expect(agreed).toBe(true);
    expect(ids(records)).toEqual(expect.arrayContaining(ids(whole.slice(45))));
  });

  it('is the union of all rounds if it keeps changing, and says so', async () => {
    const list = backups(250);
    const stay = ids(list.slice(0, 150));
    let made = 0;
    const read = await readWholeList(
      pagesOf(list, () => {
        list.unshift(backup(`new${++made}`, START + made * 60_000));
        if (list.length > 200) list.pop();
      }),
    );
    expect(read.agreed).toBe(false);
    expect(ids(read.records)).toEqual(expect.arrayContaining(stay));
    expect(read.removed.length).toBeGreaterThan(0);
    expect(ids(read.records)).toEqual(expect.arrayContaining(read.removed));
  });

  it('has each record that was there all the time once, whatever random changes occur', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const list = backups(Math.floor(random() * 500), `s${seed}-`);
      const all = new Set(ids(list));
      const gone = new Set<string>();
      let changes = Math.floor(random() * 30);
      let made = 0;
      const change = () => {
        if (changes-- <= 0) return;
        const many = random() < 0.2 ? Math.floor(random() * 120) : Math.floor(random() * 5);
        if (random() < 0.5) for (let n = 0; n < many; n++) list.unshift(backup(`n${++made}`, START + made * 1000));
        else for (const { id } of list.splice(Math.floor(random() * list.length), many)) gone.add(id);
      };
      const most = random() < 0.3 ? 50 : 100;
      const { records, removed, agreed } = await readWholeList(pagesOf(list, change, most));
      const read = ids(records);
      expect(read.length, `seed ${seed}`).toBe(new Set(read).size);
      expect(
        [...all].filter((id) => !gone.has(id) && !read.includes(id)),
        `seed ${seed}`,
      ).toEqual([]);
      if (agreed)
        expect(
          removed.filter((id) => list.some((one) => one.id === id)),
          `seed ${seed}`,
        ).toEqual([]);
    }
  });

  it('has the latest state of each record: a running backup has ended', async () => {
    const list = backups(130).map((one) => ({ ...one, status: 'running' }));
    const { records } = await readWholeList(
      pagesOf(list, (request) => {
        if (request === 3) list[0] = { ...(list[0] as RawRecord), status: 'success' } as (typeof list)[0];
      }),
    );
    expect(records[0]).toMatchObject({ id: 'b0', status: 'success' });
  });
});

describe('reading ends even if the server sends', () => {
  it.each<[string, ReadPage, RegExp]>([
    ['the same page for every offset', async () => backups(100), /answers the same records whatever the offset is/],
    ['different records each time', randomPages(), /has no two pages that join/],
  ])('%s', async (_what, readPage, message) => {
    let requests = 0;
    const counted: ReadPage = (limit, offset) => {
      requests++;
      return readPage(limit, offset);
    };
    await expect(readWholeList(counted)).rejects.toThrow(message);
    expect(requests).toBeLessThan(100);
  });

  it('takes a limited number of rounds', async () => {
    let rounds = 0;
    const read = await readWholeList(async (_limit, offset) => {
      if (offset === 0) rounds++;
      return offset === 0 ? backups(1, `r${rounds}-`) : [];
    });
    expect([rounds, read.agreed, read.records.length]).toEqual([MOST_ROUNDS, false, MOST_ROUNDS]);
  });
});

function randomPages(): ReadPage {
  let made = 0;
  return async (limit) => backups(limit, `p${++made}-`);
}

/** Numbers from 0 to 1, the same ones for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_507) + 0x9e3779b9) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
