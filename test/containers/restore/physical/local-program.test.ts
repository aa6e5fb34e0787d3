import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { asAccount, outputOf } from '../../../../containers/restore/physical/local-program.ts';
import { until } from '../../../support/until.ts';

const env = { PATH: process.env.PATH ?? '' };
const never = new AbortController().signal;

/** What has ended may wait to be cleared away. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a program ends with everything that it left behind', async () => {
  const args = ['-c', 'sleep 600 >/dev/null 2>&1 & echo $!; cat'];
  const { exitCode, stdout } = await outputOf({ command: 'sh', args, env }, never, 'its input\n');
  const [worker, echoed] = stdout.split('\n');
  expect(exitCode).toBe(0);
  expect(echoed).toBe('its input');
  expect(runs(Number(worker))).toBe(false);
});

test('an ended process that has not been reaped is not waited for', async () => {
  // a keeper, in a group of its own, of a child in the program's group that it never waits for
  const program = `
    pipe(my $read, my $write);
    if (!fork) {
      fork or exit;
      setpgrp(0, 0);
      close STDIN; close STDOUT; close STDERR;
      syswrite $write, "$$\\n";
      sleep 60;
      exit;
    }
    print scalar <$read>;`;
  const { stdout } = await outputOf({ command: 'perl', args: ['-e', program], env }, never);
  const keeper = Number(stdout);
  expect(runs(keeper)).toBe(true);
  process.kill(keeper, 'SIGKILL');
});

test('a program ends with the process that runs it, even if that is killed', async () => {
  const module = fileURLToPath(new URL('../../../../containers/restore/physical/local-program.ts', import.meta.url));
  const script = `
    import { asAccount, runToEnd } from ${JSON.stringify(module)};
    const command = { command: 'sh', args: ['-c', 'echo $$; exec sleep 600'], env: process.env };
    const account = process.getuid() === 0 ? { name: 'nobody', uid: 65534, gid: 65534 } : undefined;
    await runToEnd(asAccount(command, account), new AbortController().signal, {
      onStdout: (text) => process.stdout.write(text),
    });`;
  const runner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = await once(runner.stdout, 'data');
  const pid = Number(text);
  expect(runs(pid)).toBe(true);
  runner.kill('SIGKILL');
  await once(runner, 'exit');
  await until(async () => !runs(pid));
});

test('a program starts under another account, without our groups', () => {
  const command = { command: '/bin/postgres', args: ['-D', '/data'], env };
  expect(asAccount(command, undefined).args).toEqual(['--pdeathsig=KILL', '/bin/postgres', '-D', '/data']);
  expect(asAccount(command, { name: 'nobody', uid: 65534, gid: 65533 })).toEqual({
    command: 'setpriv',
    args: ['--pdeathsig=KILL', '--reuid=65534', '--regid=65533', '--clear-groups', '/bin/postgres', '-D', '/data'],
    env,
  });
});
