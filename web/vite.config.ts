import { createHash } from 'node:crypto';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { ROUTE_LIST } from '../lib/api/routes.ts';

const ROLES_MODULE = 'virtual:route-roles';

/** The role that each call needs, read off the list of routes when the pages are built: they need not load its schemas. */
function routeRoles(): Plugin {
  const roles = Object.fromEntries(ROUTE_LIST.map(({ key, role }) => [key, role]));
  return {
    name: 'route-roles',
    resolveId: (id) => (id === ROLES_MODULE ? `\0${id}` : undefined),
    load: (id) => (id === `\0${ROLES_MODULE}` ? `export default ${JSON.stringify(roles)}` : undefined),
  };
}

/** Cloudscape's styles bring their fonts as data: URLs; as files, they are loaded when a text needs them, and kept. */
function fontFiles(): Plugin {
  return {
    name: 'font-files',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue;
        file.source = String(file.source).replaceAll(
          /url\(["']?data:(?:font|application)\/[\w-]*woff2?[^,]*;base64,([^)"']+)["']?\)/g,
          (_match, base64: string) => {
            const source = Buffer.from(base64, 'base64');
            const name = `font-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.woff2`;
            this.emitFile({ type: 'asset', fileName: `assets/${name}`, source });
            return `url(${name})`;
          },
        );
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), routeRoles(), fontFiles()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // the Content-Security-Policy admits no data: URLs but images, and fonts are worth a cached file of their own
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // `npx vite web` while working on the pages, beside `npm start`
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8080' } },
});
