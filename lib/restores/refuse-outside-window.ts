import type { Readers, Secrets } from '../aws/services.ts';
import { type RecoveryWindow, windowAlong } from '../domain/physical/recovery-window.ts';
import { recoveryTargetOf, type TakeOut } from '../domain/physical/take-out.ts';
import { windowRefusals } from '../domain/physical/window-refusals.ts';
import type { Backup } from '../domain/records.ts';
import { throwFirst } from '../domain/restore-request.ts';
import { readRecoveryWindow } from '../physical/find-recovery-window.ts';

/**
 * Refuses a point that a physical backup can't be recovered to.
 * @returns the window along the timeline that is followed to the point; undefined for a dump, which has none.
 * @throws Impossible naming the window, or what is missing in the chain.
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
