import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useChange, useRead } from '../../api/queries.ts';
import { useNotifications } from '../../shell/notifications.tsx';

const CHOICES = [10, 20, 30, 50, 80];

/** The share of its rows that a table may lose from one backup to the next before that is reported. */
export function FallenPercent() {
  const settings = useRead('GET /api/settings');
  const change = useChange('PUT /api/settings');
  const { tell, fail } = useNotifications();
  if (settings.data === undefined) return null;
  const { contents_fallen_percent: current } = settings.data;
  const choices = [...new Set([...CHOICES, current])].sort((a, b) => a - b);
  const optionOf = (percent: number) => ({ value: String(percent), label: `${percent} %` });

  function choose(percent: number) {
    change.mutate(
      { body: { contents_fallen_percent: percent } },
      {
        onSuccess: () => tell('success', `Tables that lose more than ${percent} % of their rows will be reported.`),
        onError: (error) => fail('The setting was not changed', error),
      },
    );
  }

  return (
    <FormField
      label="Report a table that has lost more of its rows than"
      description="Each backup is compared with the previous one of the same database. Missing tables are always reported."
    >
      <Select
        disabled={change.isPending}
        selectedOption={optionOf(current)}
        options={choices.map(optionOf)}
        onChange={({ detail }) => choose(Number(detail.selectedOption.value))}
      />
    </FormField>
  );
}
