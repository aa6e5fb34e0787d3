import { expect, it } from 'vitest';
import { duplicateHint, errorNumber, HINTED, hintForError } from '../../../../lib/engines/mysql/rules/error-hints.ts';

const GENERAL = hintForError(undefined);
/** Errors of real loads, each with a remedy. */
const CURABLE = [
  1040, 1044, 1045, 1062, 1071, 1114, 1115, 1118, 1142, 1146, 1153, 1173, 1203, 1205, 1213, 1226, 1227, 1273, 1290,
  1305, 1370, 1418, 1419, 1449, 1878, 2006, 2013, 3121, 3185, 3510, 3750, 6125,
];

it.each(CURABLE)('says what to do about error %i', (number) => {
  expect(hintForError(number)).not.toBe(GENERAL);
});

it.each(HINTED)(
  'gives one hint for error %i, and says nothing about the target that only its record knows',
  (number) => {
    expect(hintForError(number)).toMatch(/^[A-Z][\s\S]*\.$/);
    expect(hintForError(number)).not.toMatch(/untouched|incomplete|nothing was changed/i);
  },
);

it('distinguishes too many sessions from wrong credentials', () => {
  for (const number of [1040, 1203, 1226]) expect(hintForError(number)).not.toMatch(/password|credential/i);
  expect(hintForError(1045)).toMatch(/password/);
});

it('reads the error number as the clients write it', () => {
  expect(errorNumber('ERROR 1146 (42S02) at line 7: no such table')).toBe(1146);
  expect(errorNumber('mysql: [ERROR] something')).toBeUndefined();
});

it('names up to ten others who may have written a duplicate row', () => {
  expect(duplicateHint(['app@10.0.0.3', 'app@10.0.0.3', 'cron@10.0.0.4'])).toContain(
    'app@10.0.0.3 (2 sessions), cron@10.0.0.4), then',
  );
  const many = Array.from({ length: 12 }, (_, at) => `u${at}@h`);
  expect(duplicateHint(many)).toContain('u9@h and 2 more');
  expect(duplicateHint([])).toBe(hintForError(1062));
});
