import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation } from 'wouter';
import type { RecoveryPlan } from '../../../../lib/plans/model.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { type Column, ListTable } from '../../lists/list-table.tsx';
import { useMay } from '../../session/use-may.ts';
import { triggersText } from './plan-words.ts';

const COLUMNS: Column<RecoveryPlan>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: ({ id, name }) => <PageLink href={`/recovery-plans/${id}`}>{name}</PageLink>,
    sortingField: 'name',
    isRowHeader: true,
  },
  { id: 'restores', header: 'Restores', cell: ({ groups }) => groups.flat().length },
  { id: 'groups', header: 'Groups', cell: ({ groups }) => groups.length },
  {
    id: 'triggers',
    header: 'Started by',
    cell: ({ enabled, triggers }) => (enabled ? triggersText(triggers) : 'Manual only: switched off'),
  },
  { id: 'changed', header: 'Changed', cell: ({ updated_at }) => <Time iso={updated_at} />, sortingField: 'updated_at' },
];

export default function RecoveryPlans() {
  const [, navigate] = useLocation();
  const mayAdd = useMay('POST /api/recovery-plans');
  const add = (
    <Button
      variant="primary"
      disabled={!mayAdd.allowed}
      disabledReason={mayAdd.reason}
      onClick={() => navigate('/recovery-plans/new')}
    >
      Add recovery plan
    </Button>
  );
  const list = useList('GET /api/recovery-plans', {}, { refresh: () => CALM_MS });
  return (
    <ListTable
      name="recovery-plans"
      title="Recovery plans"
      nouns={['recovery plan', 'recovery plans']}
      list={list}
      columns={COLUMNS}
      labelOf={({ name }) => name}
      actions={add}
      empty={
        <SpaceBetween size="xs" alignItems="center">
          <Box variant="strong" color="inherit">
            No recovery plans yet
          </Box>
          <Box color="inherit">A plan restores several databases in order. Administrators add them.</Box>
        </SpaceBetween>
      }
    />
  );
}
