import type { Records, Secrets } from '../../../lib/aws/services.ts';
import type { Backup } from '../../../lib/domain/records.ts';
import type { StagedServer, Staging } from './staged-server.ts';
export type StagedBackup = Omit<Staging, 'chain'> & { backup: Backup };
export async function stageBackup(records: Records, secrets: Secrets, staged: StagedBackup): Promise<StagedServer> {
  throw new Error(`${records} ${secrets} ${staged}`);
}
