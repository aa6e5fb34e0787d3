import ProviderEditor from './provider-editor.tsx';
import { ProviderOfPage } from './provider-of-page.tsx';

export default function EditProvider() {
  return (
    <ProviderOfPage title="Edit storage provider">
      {(provider) => <ProviderEditor key={provider.id} stored={provider} />}
    </ProviderOfPage>
  );
}
