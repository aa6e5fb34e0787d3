import Alert from '@cloudscape-design/components/alert';

/** What is known about an archive that was never read: only its end says whether it is full or incremental. */
export function UnreadAlert() {
  return (
    <Alert type="info" header="This backup has not been read yet">
      Jagad records every archive of this kind as incremental. The end of the archive says whether it is full and which
      points in time it covers: verify the backup to find out. A restore reads it first, before it touches the target.
    </Alert>
  );
}
