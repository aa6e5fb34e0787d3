import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Field } from '../../forms/use-form.ts';
import { EntryFields } from './entry-fields.tsx';
import { type EntryValues, moved, NEW_ENTRY, type TriggerValues, withoutEntry } from './plan-form.ts';

interface GroupFieldsProps {
  groups: Field<EntryValues[][]>;
  index: number;
  triggers: readonly TriggerValues[];
}

/** The restores of a plan that run in parallel. */
export function GroupFields({ groups, index, triggers }: GroupFieldsProps) {
  const all = groups.value;
  const field = groups.at(index);
  const number = index + 1;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={index === 0 ? 'Its restores run in parallel.' : `Runs after group ${index} has ended.`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                formAction="none"
                iconName="angle-up"
                variant="icon"
                ariaLabel={`Move group ${number} up`}
                disabled={index === 0}
                onClick={() => groups.set(moved(all, index, -1))}
              />
              <Button
                formAction="none"
                iconName="angle-down"
                variant="icon"
                ariaLabel={`Move group ${number} down`}
                disabled={index === all.length - 1}
                onClick={() => groups.set(moved(all, index, 1))}
              />
              <Button
                formAction="none"
                ariaLabel={`Add restore to group ${number}`}
                onClick={() => field.set([...field.value, NEW_ENTRY])}
              >
                Add restore
              </Button>
            </SpaceBetween>
          }
        >
          Group {number}
        </Header>
      }
    >
      <SpaceBetween size="xl">
        {field.value.map((_, entry) => (
          <EntryFields
            // biome-ignore lint/suspicious/noArrayIndexKey: the position in the group identifies an entry
            key={entry}
            name={`Group ${number}, restore ${entry + 1}`}
            field={field.at(entry)}
            triggers={triggers}
            onRemove={() => groups.set(withoutEntry(all, index, entry))}
            removable={all.flat().length > 1}
          />
        ))}
      </SpaceBetween>
    </Container>
  );
}
