import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSession } from './session.tsx';
import { SignInForm } from './sign-in-form.tsx';

/** Shown over the page, which keeps what was typed into it. */
export function SessionEnded() {
  const { state, user } = useSession();
  if (state !== 'ended') return null;
  return (
    <Modal visible header="Your session has ended" onDismiss={() => window.location.reload()}>
      <SpaceBetween size="m">
        <div>Sign in to continue: nothing that you typed is lost. Running restores are not affected.</div>
        <SignInForm {...(user === undefined ? {} : { knownAs: user.user })} />
      </SpaceBetween>
    </Modal>
  );
}
