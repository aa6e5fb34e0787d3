import type { RecoveryPlan } from '../../../../lib/plans/model.ts';
import { PageButton } from '../../components/page-button.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { type Column, ListPage, useFilteredList } from '../../lists/list-page.tsx';
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
  const list = useFilteredList('GET /api/recovery-plans');
  return (
    <ListPage
      name="recovery-plans"
      title="Recovery plans"
      nouns={['recovery plan', 'recovery plans']}
      list={list}
      columns={COLUMNS}
      labelOf={({ name }) => name}
      actions={
        <PageButton variant="primary" call="POST /api/recovery-plans" href="/recovery-plans/new">
          Add recovery plan
        </PageButton>
      }
      empty="A plan restores several databases in order. Administrators add them."
    />
  );
}
