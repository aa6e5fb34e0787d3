import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';

interface ConfirmNameProps {
  title: string;
  /** What would be overwritten. */
  warning: string;
  /** The kind of thing that has the name: `database`. */
  of: string;
  name: string;
  typed: string;
  onType(text: string): void;
  /** Whether the user has tried to start with a wrong name. */
  tried: boolean;
}

/** Asks the user to type the name of what would be overwritten. */
export function ConfirmName({ title, warning, of, name, typed, onType, tried }: ConfirmNameProps) {
  return (
    <Container header={<Header variant="h2">{title}</Header>}>
      <SpaceBetween size="m">
        <Alert type="warning" header={warning}>
          Everything written there since then will be lost, and this cannot be undone. A cancelled or failed restore may
          leave it incomplete.
        </Alert>
        <FormField
          label={`To confirm, type the name of the ${of}: ${name}`}
          errorText={tried && typed !== name ? `Type ${name} exactly as shown.` : undefined}
        >
          <Input
            value={typed}
            onChange={({ detail }) => onType(detail.value)}
            placeholder={name}
            spellcheck={false}
            autoComplete="off"
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
