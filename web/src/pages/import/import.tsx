import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Tiles from '@cloudscape-design/components/tiles';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { FromFiles } from './from-files.tsx';
import { FromJagad } from './from-jagad.tsx';

const WAYS = {
  jagad: {
    label: 'From a running Jagad',
    description: 'Everything that it lists, including database names.',
  },
  files: {
    label: 'From files',
    description: "Lists that you saved, if this service can't reach Jagad.",
  },
} as const;
type Way = keyof typeof WAYS;

/** Imports Jagad's records. The address is `/import?storage_provider_id=…` if a provider is known. */
export default function ImportPage() {
  const [address] = useSearchParams();
  const [way, setWay] = useState<Way>('jagad');
  const choice = (busy: boolean) => (
    <Container header={<Header variant="h2">Where from</Header>}>
      <Tiles
        ariaLabel="Where from"
        value={way}
        items={Object.entries(WAYS).map(([value, words]) => ({ value, ...words, disabled: busy }))}
        onChange={({ detail }) => setWay(detail.value as Way)}
      />
    </Container>
  );
  const of = { providerId: address.get('storage_provider_id') ?? '', choice };
  return way === 'jagad' ? <FromJagad {...of} /> : <FromFiles {...of} />;
}
