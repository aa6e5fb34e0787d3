import { ApiError } from '../../api/client.ts';
import { wordsOf } from '../../components/error-alert.tsx';

/** If the response was lost, or if the service failed, it is unknown whether the restore has started. */
export function StartError({ error }: { error: Error }) {
  const { message, hint } = wordsOf(error);
  const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return (
    <>
      <strong>{isRefused ? 'The restore has not started.' : 'The restore may have started.'}</strong> {message} {hint}
      {!isRefused && ' Start it again: this never starts a second restore.'}
    </>
  );
}
