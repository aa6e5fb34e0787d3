/** Every night: starts the standing check, unless the settings say not to, or one is still running. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { startJob } from '../lib/backups/scan/jobs.ts';
import { Conflict } from '../lib/errors/errors.ts';
import { logger } from '../lib/telemetry/log.ts';
import { logged } from './logged.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'STANDING_CHECK_STATE_MACHINE_ARN']);
const records = openRecords(env);
const starter = { records, stepFunctions: new SFNClient({}), stateMachineArn: env.STANDING_CHECK_STATE_MACHINE_ARN };

export const handler = logged<unknown, void>(
  () => ({}),
  async () => {
    if (!(await records.settings.get()).standing_check) return;
    try {
      await startJob(starter, 'standing_check', null, new Date());
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      logger.warn('no standing check was started: the last one is still running');
    }
  },
);
