import { ProviderEditor } from './provider-editor.tsx';

export default function NewProvider() {
  return <ProviderEditor />;
}
