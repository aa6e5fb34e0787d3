/** The synthesised machine of recovery plans, run: group after group, and what it does with errors. */
import { describe, expect, it } from 'vitest';
import { ENTRY_STATES, PLAN_STATES } from '../../../lib/plans/plan-states.ts';
import { answers, EXECUTION_NAME, fails, hangs, machineOf } from './run-execution.ts';
import { refused, thrown } from './told-errors.ts';

const INPUT = { plan_id: '9a9a9a9a-0000-4000-8000-000000000001' };
const machine = machineOf({ ...PLAN_STATES, ...ENTRY_STATES });
const about = (dry_run: boolean) => ({ run_id: EXECUTION_NAME, dry_run });
const group = (entries: number[], dry_run = false) =>
  answers({ ...about(dry_run), more: true, entries: entries.map((entry) => ({ entry })) });
const end = (status: string, code = '', message = '') =>
  answers({ ...about(false), more: false, status, code, message });
const chosen = (restore_id: string) => answers({ can_be: true, restore_id, request: { backup_id: 'b' } });
const nested = (name: string, status: string) =>
  Object.assign(new Error(JSON.stringify({ Name: name, Status: status })), { name: 'States.TaskFailed' });

describe('a run', () => {
  it('goes from group to group, and restores the entries of one in parallel', async () => {
    const run = await machine.run(
      {
        group: [group([0, 1]), group([2]), end('success')],
        choose: [chosen('r0'), chosen('r1'), chosen('r2')],
        restore: [answers({}, 100), answers({}, 200), answers({}, 50)],
        outcome: [answers(null), answers(null), answers(null)],
      },
      { input: INPUT },
    );
    expect(run.execution.status).toBe('SUCCEEDED');
    expect(run.path).toEqual([
      `${PLAN_STATES.group} @ 0`,
      ...[`${ENTRY_STATES.choose} @ 0`, `${ENTRY_STATES.choose} @ 0`],
      ...[`${ENTRY_STATES.restore} @ 0`, `${ENTRY_STATES.restore} @ 0`],
      ...[`${ENTRY_STATES.outcome} @ 100`, `${ENTRY_STATES.outcome} @ 200`],
      `${PLAN_STATES.group} @ 200`,
      ...[`${ENTRY_STATES.choose} @ 200`, `${ENTRY_STATES.restore} @ 200`, `${ENTRY_STATES.outcome} @ 250`],
      `${PLAN_STATES.group} @ 250`,
    ]);
    expect(run.inputs).toMatchObject({
      group: { run_id: EXECUTION_NAME, execution_arn: machine.executionArn, request: INPUT },
      choose: { run_id: EXECUTION_NAME, entry: 2 },
      restore: { StateMachineArn: expect.any(String), Name: 'r2', Input: { backup_id: 'b' } },
      outcome: { run_id: EXECUTION_NAME, entry: 2 },
    });
    expect(run.told).toEqual([]);
  });

  it('has at most four restores running', async () => {
    const each = [0, 1, 2, 3, 4];
    const { path } = await machine.run({
      group: [group(each), end('success')],
      choose: each.map((n) => chosen(`r${n}`)),
      restore: each.map(() => answers({}, 100)),
      outcome: each.map(() => answers(null)),
    });
    const starts = path.filter((step) => step.startsWith(ENTRY_STATES.restore));
    expect(starts).toEqual([0, 0, 0, 0, 100].map((at) => `${ENTRY_STATES.restore} @ ${at}`));
  });

  it('records an entry that failed or could not be checked, and continues', async () => {
    const run = await machine.run({
      group: [group([0, 1]), end('failed', 'ENTRIES_FAILED', '1 of 2 entries failed')],
      choose: [chosen('r0'), fails(thrown('InternalError', 'no'))],
      restore: [fails(nested('r0', 'FAILED'), 100)],
      outcome: [answers(null), answers(null)],
    });
    expect(run.path.at(-1)).toBe(`${PLAN_STATES.group} @ 100`);
    expect(run.execution).toMatchObject({
      ...{ status: 'FAILED', error: 'ENTRIES_FAILED', cause: '1 of 2 entries failed' },
    });
  });

  it('starts no restore for a refused entry or a dry run', async () => {
    const refusing = await machine.run({ group: [group([0]), end('success')], choose: [answers({ can_be: false })] });
    expect(refusing.execution.status).toBe('SUCCEEDED');
    const dry = await machine.run({
      group: [group([0, 1], true), end('success')],
      look: [answers(null), answers(null)],
    });
    expect(dry.execution.status).toBe('SUCCEEDED');
    expect(dry.inputs.look).toEqual({ run_id: EXECUTION_NAME, entry: 1 });
  });

  it('retries a restore that Step Functions could not start', async () => {
    const { path } = await machine.run({
      group: [group([0]), end('success')],
      choose: [chosen('r0')],
      restore: [fails(refused('StepFunctions.AWSStepFunctionsException')), answers({})],
      outcome: [answers(null)],
    });
    expect(path.filter((step) => step.startsWith(ENTRY_STATES.restore))).toEqual([
      `${ENTRY_STATES.restore} @ 0`,
      `${ENTRY_STATES.restore} @ 5`,
    ]);
  });

  it('that cannot continue is recorded as failed', async () => {
    const failure = [answers({ code: 'NOT_FOUND', message: 'recovery plan not found' })];
    const run = await machine.run({ group: [fails(thrown('NotFound', 'recovery plan not found'))], failure });
    expect(run.inputs.failure).toMatchObject({ end: 'failure', run_id: EXECUTION_NAME, error: { Error: 'NotFound' } });
    expect(run.execution).toMatchObject({ status: 'FAILED', error: 'NOT_FOUND', cause: 'recovery plan not found' });
  });

  it('that is stopped stops its restores, and triggers the rule', async () => {
    const run = await machine.run(
      { group: [group([0])], choose: [chosen('r0')], restore: [hangs] },
      { input: INPUT, stopAtSeconds: 5 },
    );
    expect(run.statusWhenStopped).toBe('ABORTED');
    const detail = { stateMachineArn: machine.arn, name: EXECUTION_NAME, status: 'ABORTED' };
    expect(run.told).toMatchObject([{ entry: 'record-plan-run-end', event: { end: 'execution', detail } }]);
  });
});
