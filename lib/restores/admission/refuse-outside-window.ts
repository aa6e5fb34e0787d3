import type { Backup } from '../../backups/model.ts';
import { readRecoveryWindow } from '../../backups/physical/find-recovery-window.ts';
import { type RecoveryWindow, windowAlong } from '../../backups/physical/recovery-window.ts';
import { recoveryTargetOf, type TakeOut } from '../../backups/physical/take-out.ts';
import { windowRefusals } from '../../backups/physical/window-refusals.ts';
import type { Readers } from '../../backups/tables.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { throwFirst } from '../../errors/errors.ts';

/**
 * Refuses a point that a physical backup can't be recovered to.
 * @returns the window along the timeline that is followed to the point; undefined for a dump, which has none.
 * @throws Impossible that says what the window is, or what is missing in the chain.
 */
export async function refuseOutsideWindow(
  { records, secrets }: { records: Readers; secrets: Secrets },
  backup: Backup,
  request: TakeOut,
): Promise<RecoveryWindow | undefined> {
  if (backup.engine === null) return undefined;
  const window = await readRecoveryWindow(records, secrets, backup);
  const timeline = request.timeline ?? null;
  throwFirst(windowRefusals(window, recoveryTargetOf(request), timeline));
  return windowAlong(window, timeline ?? window.timeline);
}
