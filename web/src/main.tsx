import '@cloudscape-design/global-styles/index.css';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queries.ts';
import { App } from './app.tsx';
import { followColorMode } from './shell/color-mode.ts';

// the Content-Security-Policy forbids eval, which zod would try: it reads this when it is loaded, with the first form
// (zod's own config() does the same, but would add 4 kB of zod to the sign-in page)
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
