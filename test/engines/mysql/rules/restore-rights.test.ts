import { expect, it } from 'vitest';
import { mysqlRights } from '../../../../lib/engines/mysql/rules/restore-rights.ts';
import { missingRights } from '../../../../lib/engines/rights.ts';

const onShop = ['GRANT ALL PRIVILEGES ON `shop`.* TO `u`@`%`'];

it('needs only all privileges on the database, except for definers and for its own temporary user', () => {
  const rights = mysqlRights({ dbType: 'mysql', grants: onShop, creatorsNeedSuper: false }, 'shop');
  expect(missingRights(rights)).toEqual([]);
  expect(rights.filter(({ granted }) => !granted)).toEqual([
    expect.objectContaining({ right: 'CREATE USER', required: false }),
    expect.objectContaining({ right: 'SET_ANY_DEFINER or SET_USER_ID or SUPER', required: false }),
  ]);
});

it('needs SUPER for functions if the binary log is on and function creators are not trusted', () => {
  const rights = mysqlRights({ dbType: 'mysql', grants: onShop, creatorsNeedSuper: true }, 'shop');
  expect(missingRights(rights).map(({ right }) => right)).toEqual([
    'SUPER, or log_bin_trust_function_creators switched on',
  ]);
  const grants = [...onShop, 'GRANT SUPER ON *.* TO `u`@`%`'];
  expect(missingRights(mysqlRights({ dbType: 'mysql', grants, creatorsNeedSuper: true }, 'shop'))).toEqual([]);
});

it('names each missing privilege and its database', () => {
  const rights = mysqlRights({ dbType: 'mariadb', grants: [], creatorsNeedSuper: false }, 'a`b');
  expect(missingRights(rights)).toHaveLength(13);
  expect(rights[0]).toEqual({
    right: 'CREATE on `a``b`.*',
    granted: false,
    required: true,
    needed_for: 'the database itself if it does not exist yet, and its tables',
  });
  expect(mysqlRights({ dbType: 'mariadb', grants: [], creatorsNeedSuper: false }, null)[0]?.right).toBe(
    'CREATE on *.*',
  );
});

it.each([
  ['mysql', 'SET_ANY_DEFINER'],
  ['mysql', 'SET_USER_ID'],
  ['mysql', 'SUPER'],
  ['mariadb', 'SET USER'],
  ['mariadb', 'SUPER'],
] as const)('keeps definers on %s with %s', (dbType, privilege) => {
  const rights = mysqlRights(
    { dbType, grants: [`GRANT ${privilege} ON *.* TO \`u\`@\`%\``], creatorsNeedSuper: false },
    'x',
  );
  expect(rights.at(-1)).toMatchObject({ granted: true, needed_for: expect.stringContaining('definers') });
});
