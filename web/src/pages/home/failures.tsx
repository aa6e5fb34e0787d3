import { useState } from 'react';
import { useConnectionNames } from '../../api/names.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { ListPart, TIME_WIDTH } from '../../lists/list-part.tsx';
import { useTargetText } from '../../restores/use-target-text.ts';
import { madeAt } from '../backups/restorable.ts';

const DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * When the counted days begin. It is fixed when the page is opened: a query that changes all the time would never be
 * cached.
 */
function useSince(): string {
  return useState(() => new Date(Date.now() - DAYS * DAY_MS).toISOString())[0];
}

export function FailedRestores() {
  const list = useList('GET /api/restores', { status: 'failed', since: useSince() }, { refresh: () => CALM_MS });
  const items = list.items ?? [];
  const target = useTargetText(items);
  return (
    <ListPart
      title="Failed restores"
      description={`Last ${DAYS} days, newest first.`}
      noun="failed restores"
      list={list}
      columns={[
        {
          id: 'target',
          header: 'Target',
          minWidth: 160,
          cell: (restore) => <PageLink href={`/restores/${restore.id}`}>{target(restore)}</PageLink>,
          isRowHeader: true,
        },
        { id: 'started', header: 'Started', minWidth: TIME_WIDTH, cell: ({ started_at }) => <Time iso={started_at} /> },
        { id: 'error', header: 'Error', minWidth: 240, cell: ({ error }) => error?.message ?? '–' },
      ]}
      quiet="success"
      empty={`No restore failed in the last ${DAYS} days.`}
    />
  );
}

/** If a run's restores never started, it only appears here. Hidden if no run failed, because few users have plans. */
export function FailedPlanRuns() {
  const list = useList('GET /api/recovery-plan-runs', { since: useSince(), limit: 200 }, { refresh: () => CALM_MS });
  const items = (list.items ?? []).filter(({ status }) => status === 'failed');
  if (list.error === null && items.length === 0) return null;
  return (
    <ListPart
      title="Failed runs of recovery plans"
      description={`Last ${DAYS} days, newest first.`}
      noun="failed runs"
      items={items}
      list={list}
      columns={[
        {
          id: 'plan',
          header: 'Plan',
          minWidth: 160,
          cell: ({ id, plan_name, dry_run }) => (
            <PageLink href={`/recovery-plan-runs/${id}`}>{dry_run ? `Dry run of ${plan_name}` : plan_name}</PageLink>
          ),
          isRowHeader: true,
        },
        { id: 'started', header: 'Started', minWidth: TIME_WIDTH, cell: ({ started_at }) => <Time iso={started_at} /> },
        { id: 'error', header: 'Error', minWidth: 240, cell: ({ error }) => error?.message ?? '–' },
      ]}
      empty={null}
    />
  );
}

export function UnsoundBackups() {
  const { nameOf } = useConnectionNames();
  const list = useList('GET /api/backups', { verify_status: 'failed', since: useSince() }, { refresh: () => CALM_MS });
  return (
    <ListPart
      title="Backups that failed verification"
      description={`Last ${DAYS} days, newest first: damaged, missing or empty.`}
      noun="backups that failed verification"
      list={list}
      columns={[
        {
          id: 'database',
          header: 'Database',
          minWidth: 160,
          cell: ({ id, database_name, connection_id }) => (
            <PageLink href={`/backups/${id}`}>{`${database_name} on ${nameOf(connection_id)}`}</PageLink>
          ),
          isRowHeader: true,
        },
        { id: 'made', header: 'Made', minWidth: TIME_WIDTH, cell: (backup) => <Time iso={madeAt(backup)} /> },
        { id: 'error', header: 'Error', minWidth: 240, cell: ({ verify_error }) => verify_error ?? '–' },
      ]}
      quiet="success"
      empty={`No backup failed verification in the last ${DAYS} days.`}
    />
  );
}
