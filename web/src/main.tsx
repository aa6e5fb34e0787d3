import '@cloudscape-design/global-styles/index.css';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries.ts';
import { Loading } from './components/loading.tsx';
import { SessionProvider, useSession } from './session/session.tsx';
import { SignIn } from './session/sign-in.tsx';
import { followColorMode } from './shell/color-mode.ts';

const Shell = lazy(() => import('./shell/shell.tsx'));

function App() {
  return (
    <SessionProvider>
      <Gate />
    </SessionProvider>
  );
}

/** Without a session, only the sign-in page is shown. Everything else is loaded after signing in. */
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

// The Content-Security-Policy forbids eval, which zod would try. zod reads this setting when it is loaded, with the
// first form. (zod's own config() does the same, but would add 4 kB of zod to the sign-in page.)
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
followColorMode();
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
