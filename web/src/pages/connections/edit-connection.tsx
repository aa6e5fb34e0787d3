import { useParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import ConnectionEditor from './connection-editor.tsx';

export default function EditConnection() {
  const { id } = useParams<{ id: string }>();
  const read = useRead('GET /api/connections/{id}', { id });
  return (
    <Loaded
      read={read}
      what="connection"
      title="Edit connection"
      list={{ href: '/connections', text: 'All connections' }}
    >
      {(connection) => <ConnectionEditor key={connection.id} stored={connection} />}
    </Loaded>
  );
}
