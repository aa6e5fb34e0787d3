import Alert from '@cloudscape-design/components/alert';

/** What is known of an archive that was never read: it says itself what it is, at its end. */
export function UnreadAlert() {
  return (
    <Alert type="info" header="This backup has not been read yet">
      Jagad records every archive of this kind as incremental. Whether it is full, and from when to when it can be
      taken, is known once it has been read to its end: verify it. A restore reads it first, before it touches the
      target.
    </Alert>
  );
}
