import { restoreSuite } from './restore-suite.ts';

restoreSuite('mysql', ['DELETE FROM customers WHERE id % 2 = 0', 'DROP TABLE audit', 'DROP VIEW top_customers']);
