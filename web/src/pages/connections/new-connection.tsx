import { ConnectionEditor } from './connection-editor.tsx';

export default function NewConnection() {
  return <ConnectionEditor />;
}
