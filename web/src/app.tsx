import { lazy, Suspense } from 'react';
import { Loading } from './components/loading.tsx';
import { SessionProvider, useSession } from './session/session.tsx';
import { SignIn } from './session/sign-in.tsx';

const Shell = lazy(() => import('./shell/shell.tsx'));

export function App() {
  return (
    <SessionProvider>
      <Gate />
    </SessionProvider>
  );
}

/** Shows only the sign-in page without a session; the rest is loaded after signing in. */
function Gate() {
  const { state } = useSession();
  if (state === 'unknown') return <Loading what="session" />;
  if (state === 'signed-out') return <SignIn />;
  return (
    <Suspense fallback={<Loading what="pages" />}>
      <Shell />
    </Suspense>
  );
}
