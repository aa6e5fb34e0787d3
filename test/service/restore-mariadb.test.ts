import { restoreSuite } from './restore-suite.ts';

restoreSuite('mariadb', ['DELETE FROM customers WHERE id % 2 = 0', 'DROP TABLE audit', 'DROP VIEW top_customers']);
