import { expect, it } from 'vitest';
import { taskSettings } from '../../lib/local/machine-environment.ts';

it('reads the settings of the tasks as environment variables, and says what to write', () => {
  expect(taskSettings({})).toEqual({});
  expect(taskSettings({ STORAGE_OUTAGE_MINUTES: '0.5', PATH: '/bin' })).toEqual({ STORAGE_OUTAGE_MINUTES: '0.5' });
  for (const STORAGE_OUTAGE_MINUTES of ['', 'long', '0', '-1', '241']) {
    expect(() => taskSettings({ STORAGE_OUTAGE_MINUTES })).toThrow('write a number of minutes up to 240');
  }
});
