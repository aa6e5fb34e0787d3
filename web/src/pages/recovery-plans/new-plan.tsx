import { PlanEditor } from './plan-editor.tsx';

export default function NewPlan() {
  return <PlanEditor />;
}
