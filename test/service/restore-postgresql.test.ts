import { restoreSuite } from './restore-suite.ts';

restoreSuite('postgresql', [
  'DELETE FROM sales.customers WHERE id % 2 = 0 AND id NOT IN (SELECT customer_id FROM sales.orders)',
  'UPDATE sales.orders SET total = 0',
  'DROP TABLE sales.audit CASCADE',
]);
