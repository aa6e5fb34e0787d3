import { useParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import PlanEditor from './plan-editor.tsx';

export default function EditPlan() {
  const { id } = useParams<{ id: string }>();
  const read = useRead('GET /api/recovery-plans/{id}', { id });
  const list = { href: '/recovery-plans', text: 'All recovery plans' };
  return (
    <Loaded read={read} what="recovery plan" title="Edit recovery plan" list={list}>
      {(plan) => <PlanEditor key={plan.id} stored={plan} />}
    </Loaded>
  );
}
